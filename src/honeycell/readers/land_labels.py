"""What the labels of LAND exports mean, and which labels are LAND's."""

from __future__ import annotations

import re

from honeycell.readers.dialect import DIMENSIONS, Dialect, bare_word
from honeycell.readers.vocabulary import Vocabulary

NAMES = {
    "record": "record rec recordindex recordno recordnumber recordid index no 序号 记录序号 记录号 记录 数据序号",
    "cycle": "cycle cycleindex cycle-index cycleno cyclenumber cycleid cycleorder 循环序号 循环号 循环 循环数 循环次数 周期 圈数",
    "step": "step stepindex step-index stepno stepnumber stepid steporder 工步序号 工步号 工步 步骤序号 步骤号 步骤 步次 过程序号",
    "test_time": "testtime test-time totaltime absolutetime 测试时间 总时间 累计时间 运行时间",
    "step_time": "steptime step-time relativetime 步骤时间 工步时间 相对时间",
    "voltage": "voltage volt 电压",
    "current": "current cur 电流",
    "step_capacity": "capacity cap 容量",
    "charge_capacity": "chargecapacity charge-capacity capc capacityc cap-c 充电容量",
    "discharge_capacity": "dischargecapacity discharge-capacity capd capacityd cap-d 放电容量",
    "specific_capacity": "specap specificcapacity scap spec-cap capacitydensity 比容量",
    "specific_charge_capacity": "specapc specificchargecapacity charge-scap 充电比容量",
    "specific_discharge_capacity": "specapd specificdischargecapacity discharge-scap 放电比容量",
    "step_energy": "energy 能量",
    "charge_energy": "chargeenergy energyc 充电能量",
    "discharge_energy": "dischargeenergy energyd 放电能量",
    "temperature": "temperature temp auxtemp temperature1 auxtemp1 auxtemperature 辅助温度 温度 温度1",
    "state": "state stepstate step-state status workmode mode stepname steptype 状态 工步状态 工步类型 工作模式 模式 步骤类型 工步名称 步骤名称",
    "moment": "systime systemtime datetime realtime date datetimeisostring 系统时间 绝对时间 日期 日期时间 实时时间 时间日期",
}
# labels that these programs write and others do not, without unit; "Test Time / s" is the Battery Data Format's
_MARKS = frozenset(
    (
        "TestTime",
        "StepTime",
        "SpeCap",
        "SpeCapC",
        "SpeCapD",
        "SysTime",
        "CycleNo",
        "StepNo",
        "Cycle-Index",
        "Step-Index",
        "Step-State",
        "SOC|DOD",
        "CapC",
        "CapD",
        "date_time_iso_string",
        "测试时间",
        "步骤时间",
        "工步状态",
    )
)
_UNIT_AT_ONCE = re.compile(
    r"(Voltage/m?V|电压/m?V)|(Current/[munµμ]?A|电流/[munµμ]?A)|(Capacity/[mu]?Ah|容量/[muµμ]?Ah)"
)


def is_land(labels: tuple[str, ...]) -> bool:
    """True when the labels name voltage, current or capacity, and a time, in words of these programs."""
    if len(labels) < 3:
        return False
    found = {means.quantity for means in map(LAND.meaning, labels) if means}
    if (
        "voltage" not in found
        or not found & {"current", "step_capacity"}
        or not found & {"test_time", "step_time", "moment"}
    ):
        return (
            "voltage" in found and "current" in found and _at_once(labels) and bool(found & {"cycle", "step", "record"})
        )
    return _at_once(labels) or any(bare_word(label) in _MARKS for label in labels)


def _at_once(labels: tuple[str, ...]) -> bool:
    """Voltage, current and capacity all written as ``Voltage/V``."""
    groups = {match.lastindex for match in map(_UNIT_AT_ONCE.fullmatch, labels) if match}
    return groups == {1, 2, 3}


LAND = Dialect(
    "LAND", Vocabulary(NAMES, DIMENSIONS), is_land, ("voltage/", "电压/", *(mark.lower() for mark in _MARKS))
)
