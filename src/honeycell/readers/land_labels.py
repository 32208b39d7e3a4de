"""What the labels and the states of LAND exports mean, and which labels are LAND's."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from honeycell.readers.vocabulary import Meaning, Vocabulary

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
DIMENSION = {
    "record": "count",
    "cycle": "count",
    "step": "count",
    "test_time": "time",
    "step_time": "time",
    "voltage": "voltage",
    "current": "current",
    "step_capacity": "charge",
    "charge_capacity": "charge",
    "discharge_capacity": "charge",
    "specific_capacity": "specific charge",
    "specific_charge_capacity": "specific charge",
    "specific_discharge_capacity": "specific charge",
    "step_energy": "energy",
    "charge_energy": "energy",
    "discharge_energy": "energy",
    "temperature": "temperature",
}
LAND = Vocabulary(NAMES, DIMENSION)
CLOCKS = ("test_time", "step_time")
BARE = ("record", "cycle", "step", "state", "moment")  # need no unit
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
NEEDED = ("volt", "电压")
_UNIT_AT_ONCE = re.compile(
    r"(Voltage/m?V|电压/m?V)|(Current/[munµμ]?A|电流/[munµμ]?A)|(Capacity/[mu]?Ah|容量/[muµμ]?Ah)"
)
_CLOCK_UNIT = re.compile(
    r"\s*[/(\[（]?\s*(?:d[d. :])?h+(?:our)?:m+(?:in)?:s+(?:ec)?(?:[.:]m?s+)?\s*[)\]）]?\s*$", re.IGNORECASE
)
KEPT = re.compile(  # columns that are no use here, though well known
    r"dq/?dv|dv/?dq|speenergy|specificenergy|比能量|power|功率|soc|dod|resist|dcir|acr|内阻|pressure|压力|channel|通道|aux|辅助|"
    r"temperature|temp|温度|efficiency|效率|capacitance|电容|medvolt|startvolt|endvolt|period|contact|接触|specap|scap",
    re.IGNORECASE,
)
_DISCHARGE = re.compile(r"放电|dis|dchg|^d($|[_ -])|^(cc|cv|cp|cr|cccv|cl)d$|^d(c|cc|cv|p|r|l)$")
_CHARGE = re.compile(r"充电|cha|chg|^c($|[_ -])|^(cc|cv|cp|cr|cccv|cl)c$")
_REST = re.compile(r"^r($|[_ -])|rest|静置|搁置|休眠|开路|ocv|pause|暂停|idle|stop|停止")


@cache
def meaning(label: str) -> Meaning | None:
    """What a column is, None where that is unknown or its unit does not suit. A clock such as ``TestTime(h:m:s)`` has no factor.

    >>> meaning("SpeCap/mAh/g").quantity, meaning("电流(mA)").factor, meaning("StepTime/h:m:s").stated
    ('specific_capacity', 0.001, False)
    """
    return LAND.meaning(_CLOCK_UNIT.sub("", label))


def is_land(labels: tuple[str, ...]) -> bool:
    """True when the labels name voltage, current or capacity, and a time, in words of these programs."""
    if len(labels) < 3:
        return False
    found = {means.quantity for means in map(meaning, labels) if means}
    if (
        "voltage" not in found
        or not found & {"current", "step_capacity"}
        or not found & {"test_time", "step_time", "moment"}
    ):
        return (
            "voltage" in found and "current" in found and _at_once(labels) and bool(found & {"cycle", "step", "record"})
        )
    return _at_once(labels) or any(_bare(label) in _MARKS for label in labels)


def _at_once(labels: tuple[str, ...]) -> bool:
    """Voltage, current and capacity all written as ``Voltage/V``."""
    groups = {match.lastindex for match in map(_UNIT_AT_ONCE.fullmatch, labels) if match}
    return groups == {1, 2, 3}


def _bare(label: str) -> str:
    text = _CLOCK_UNIT.sub("", unicodedata.normalize("NFKC", label).strip())
    return re.split(r"[/(\[]", text, maxsplit=1)[0] if " / " not in text else text


def direction(state: str) -> float:
    """1 for words that mean charge, -1 discharge, 0 rest, nan for any other.

    >>> direction("C_CC"), direction("CCD"), direction("恒流放电"), direction("R"), direction("CC Chg"), direction("CC")
    (1.0, -1.0, -1.0, 0.0, 1.0, nan)
    """
    word = unicodedata.normalize("NFKC", state).strip().lower()
    for pattern, sign in ((_DISCHARGE, -1.0), (_CHARGE, 1.0), (_REST, 0.0)):
        if pattern.search(word):
            return sign
    return float("nan")


def means_quantity(label: str, quantity: str) -> bool:
    """True for a column of that quantity, whatever its unit."""
    means = meaning(label)
    return means is not None and means.quantity == quantity
