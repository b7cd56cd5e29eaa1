"""The words of reporting sheets that belong to no single form: heads of columns, totals, fields, notes, and what surrounds figures."""


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text in their order."""
    return tuple(text.split())


# Heads of columns, by the part the column plays. Folded.
ROLES: dict[str, tuple[str, ...]] = {
    "serial": words("序号 编号 代码 行次 栏次 序 项次 编码 指标代码 指标编号 no 顺序号 行号 次序"),
    "unit": words("计量单位 单位 度量单位 计量 计算单位 统计单位量 量纲"),
    "label": words(
        """指标 项目 内容 指标名称 统计项目 统计内容 活动内容 统计指标 工作内容 活动项目 项目名称 指标内容 名称 事项 工作项目 类别 分类 大类
        类型 一级指标 二级指标 指标项 活动名称 统计事项 填报项目 填报内容 填报指标 主要指标 主要内容 项目内容 活动类别
        工作事项 报送内容 甲 乙 丙 丁"""
    ),
    "value": words(
        """数值 数量 完成情况 完成数 完成数量 填报数 填报数据 填报值 数据 结果 实际 实际完成 统计数 统计数据 统计结果
        统计数值 统计情况 开展情况 进展情况 落实情况 填报 填报情况 数字 实绩 完成值 填写 填写内容 填写数据 本单位 数额
        指标值 实际数 实际完成数 实际完成情况 上报数 上报数据 报送数 报送数据 报送数值 活动开展情况 工作开展情况 完成 数 值
        情况 填报数值 填报数量 具体数据 具体数值 数据填报 完成数据 具体情况 实际值 实际情况 完成量 数值或内容 填报结果"""
    ),
}
TOTALS = frozenset(words("合计 总计 共计 小计 总合计 本页合计 累计合计 总和 汇总 合计数 总计数 全部合计 总数 合"))
FIELDS = frozenset(
    words(
        """填报单位 填表单位 报送单位 上报单位 填报部门 填报人 填表人 制表人 审核人 单位负责人 负责人 联系电话 联系人 填报日期 填报时间 填表日期
        报送日期 报送时间 统计截止日期 统计截止时间 截止日期 分管领导 主要负责人 经办人 填报单位盖章 报送单位盖章 填报人签字 审核人签字 单位负责人签字
        负责人签字 制表日期 单位盖章 签字 盖章 电话 统计时间 统计时段 统计期间 复核人 上报日期 上报时间 填报单位名称 单位名称"""
    )
)
# What may stand behind a label that counts people; one may stand for another.
PEOPLE = words(
    """参与人数 参加人数 参与人次 参加人次 参与 参加 人数 人次 参与人员 参加人员 参与人员数 参与总人数 参与人次数 受众人数 覆盖人数 参演人数
    参与人员数量"""
)
WATCHING = words("观看人数 观看人次 观看 观看人员 观看人次数")
# Words that make another item of a label: one that has them is no misprint of one that has not.
TELLING = words(
    """单位 企业 计划 未 率 重大 一般 线上 线下 目标 去年 上年 同期 新增 评估 报道 经费 金额 天数 台账 回访 奖励 名单 次数 人数 人次 学校 农村 社区
    家庭 机关 园区 市级 县级 省级 本级 督导 整改"""
)
# Filler before and behind a column's head: 活动地点, 传真号.
BEFORE_HEADS = words("重点活动 活动 联络员 具体 主要 相关 计划 拟 预计 隐患 整改 暗访 本单位 联系 所在")
BEHIND_HEADS = words("号 号码 名称 情况 方式 说明 地址 账号 及要求")

# Around figures.
NIL = frozenset(words("无 没有 暂无 无此项 无此类情况 无此情况 本项无 此项无 无内容 零报告 均无 无有"))
NOT_DONE = frozenset(words("未开展 未发生 未组织 未举办 未进行 尚未开展 暂未开展 未涉及 不涉及 无此项工作 未发现 未曾开展"))
ABOUT_BEFORE = words("大约 大概 约为 约计 约 将近 接近 近 不少于 不低于 超过 超 逾 至少 最多 不足 不到 上 ≈ ~ ≥ ≤ > <")
ABOUT_BEHIND = words("左右 上下 以上 以下 以内 之多 余 多 来 许")
NEUTRAL_BEFORE = words(
    """共计 总计 合计 累计 总共 一共 共 计 已完成 完成 已 组织开展 组织 开展 举办 达到 达 为 有 参与 参加 发放 张贴 悬挂 播放 检查 排查 发现 整改
    下达 曝光 受理 观看 学习 宣传 了 :"""
)
NEUTRAL_BEHIND = words("活动 参与 参加 观看 学习 演练 整 正 了 数")
