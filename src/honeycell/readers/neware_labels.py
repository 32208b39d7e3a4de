"""What the labels of Neware's exports (BTSDA, BTS 7 and 8) mean, and which labels are Neware's."""

from __future__ import annotations

from honeycell.readers.dialect import DIMENSIONS, Dialect, bare_word
from honeycell.readers.vocabulary import Vocabulary

NAMES = {
    "record": "datapoint recordindex recordid recordno recordnumber recordserialnumber record 数据序号 记录序号 记录号 记录编号 序号",
    "cycle": "cycleindex cycleid cycleno cyclenumber cycle 循环号 循环序号 循环",
    "step": "stepindex stepid stepno stepnumber step steps 工步号 工步序号 工步",
    "test_time": "totaltime cumulativetime testtime 总时间 测试时间",
    "step_time": "time steptime relativetime recordtime 时间 工步时间 相对时间 记录时间",
    "voltage": "voltage vol volt 电压",
    "current": "current cur 电流",
    "step_capacity": "capacity 容量",
    "charge_capacity": "chgcap capacitancechg capacity-chg chgcapacity capchg chargecapacity 充电容量",
    "discharge_capacity": "dchgcap capacitancedchg capacity-dchg dchgcapacity capdchg dischargecapacity 放电容量",
    "specific_capacity": "speccap specificcapacity capacitydensity cmpcap 比容量",
    "specific_charge_capacity": "chgspeccap specificcapacity-chg 充电比容量",
    "specific_discharge_capacity": "dchgspeccap specificcapacity-dchg 放电比容量",
    "step_energy": "energy engy 能量",
    "charge_energy": "chgenergy engychg engy-chg chargeenergy 充电能量",
    "discharge_energy": "dchgenergy engydchg engy-dchg dischargeenergy 放电能量",
    "temperature": "temperature temp t t1 temp1 auxchtu1t 温度",
    "state": "steptype stepname status state workmode 工步类型 工步名称 状态 工步状态 工作模式",
    "moment": "date realtime absolutetime datetime 绝对时间 系统时间 日期",
}
# labels that Neware's programs write and others do not, without unit
_MARKS = frozenset(
    (
        "DataPoint",
        "Cycle ID",
        "Step ID",
        "Record ID",
        "Record Index",
        "JumpTo",
        "Relative Time",
        "Chg. Cap.",
        "DChg. Cap.",
        "Spec. Cap.",
        "Capacitance_Chg",
        "CapaCity-Chg",
        "Capacity Density",
        "CmpCap",
        "Realtime",
        "数据序号",
        "绝对时间",
        "工步类型",
        "工步名称",
    )
)


def is_neware(labels: tuple[str, ...]) -> bool:
    """True when the labels name voltage, current and a time, at least one of them in words of these programs."""
    if len(labels) < 3:
        return False
    found = {means.quantity for means in map(NEWARE.meaning, labels) if means}
    if not {"voltage", "current"} <= found or not found & {"test_time", "step_time", "moment"}:
        return False
    words = {bare_word(label) for label in labels}
    flat = {"Step Type", "Total Time"} <= words or {"Cycle Index", "Step Index", "Total Time"} <= words
    return flat or bool(words & _MARKS)


NEWARE = Dialect("Neware", Vocabulary(NAMES, DIMENSIONS), is_neware, ("total time", *(mark.lower() for mark in _MARKS)))
