# ruff: noqa: RUF001 - headers as the platforms write them
"""Exports in the forms that the trade meets, invented, with what a hand counts in them.

Each has orders or events of the four weeks from Monday 2 March to Sunday 29 March 2026.
"""

import sys
from dataclasses import dataclass, field
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / "sources"))
from workbooks import workbook


@dataclass(frozen=True)
class Export:
    """Files, and what they come to.

    Attributes:
        files: Names and contents.
        orders: Orders placed.
        amount: What they charged, in fen or cents.
        refunded: What was given back of them, as far as amounts are told.
        purchases: Orders that stand.
        customers: Users with one.
        currency: Of the amounts; "" where the files do not tell.
        zone: Of the shop.
        users: Of events: users of each step, in the funnel's order.
        excluded: Lines left out by a rule.
    """

    files: dict[str, bytes | str]
    orders: int = 0
    amount: int = 0
    refunded: int = 0
    purchases: int = 0
    customers: int = 0
    currency: str = "CNY"
    zone: str = "Asia/Shanghai"
    users: dict[str, int] = field(default_factory=dict)
    excluded: int = 0


def gbk(text):
    return text.replace("\n", "\r\n").encode("gb18030")


def with_mark(text):
    return text.encode("utf-8-sig")


# Two lines of 6900001: 88.00 stands, 12.00 came back. 6900004 was closed unpaid, 6900005 after it
# was paid. Ids end in a tab, as the platform writes them.
DOUYIN = """\
主订单编号,子订单编号,选购商品,商品数量,商品ID,订单应付金额,运费,支付方式,手机号,订单提交时间,支付完成时间,订单状态,售后状态
6900001\t,6900001\t,茶杯,1,301,88.00,0.00,抖音支付,138****0001,2026-03-02 09:10:00,2026-03-02 09:11:00,已完成,-
6900001\t,6900002\t,茶匙,1,302,12.00,0.00,抖音支付,138****0001,2026-03-02 09:10:00,2026-03-02 09:11:00,已完成,退款成功
6900003\t,6900003\t,茶壶,1,303,"1,288.00",0.00,微信,138****0002,2026-03-05 20:00:00,2026-03-05 20:00:30,已发货,-
6900004\t,6900004\t,茶杯,2,301,176.00,0.00,,138****0003,2026-03-09 11:00:00,,已关闭,-
6900005\t,6900005\t,茶盘,1,304,59.00,0.00,支付宝,138****0002,2026-03-12 12:00:00,2026-03-12 12:01:00,已关闭,退款成功
6900006\t,6900006\t,茶杯,1,301,88.00,0.00,微信,138****0004,2026-03-20 23:50:00,2026-03-20 23:51:00,已完成,-
6900007\t,6900007\t,茶匙,3,302,36.00,0.00,微信,138****0001,2026-03-28 08:00:00,2026-03-28 08:02:00,待发货,-
"""

# Each line repeats what its order comes to: P02 is 100.00, not 200.00.
XIAOHONGSHU = """\
订单号,订单状态,售后状态,SKU名称,SKU规格,SKU件数,商品总价(元),商家应收金额(元)（支付金额）,用户应付金额(元),订单创建时间,支付时间,用户ID
P01,已完成,无售后,口红,#01,1,69.00,69.00,69.00,2026-03-03 10:00:00,2026-03-03 10:01:00,u01
P02,已完成,无售后,口红,#02,1,69.00,100.00,100.00,2026-03-04 10:00:00,2026-03-04 10:01:00,u02
P02,已完成,无售后,眉笔,黑,1,31.00,100.00,100.00,2026-03-04 10:00:00,2026-03-04 10:01:00,u02
P03,已取消,无售后,眉笔,黑,1,31.00,31.00,31.00,2026-03-08 22:00:00,,u03
P04,已完成,退款成功,口红,#01,1,69.00,69.00,69.00,2026-03-11 18:30:00,2026-03-11 18:30:40,u01
P05,待发货,无售后,粉底,自然,2,198.00,198.00,198.00,2026-03-27 21:15:00,2026-03-27 21:16:00,u02
P06,已发货,无售后,口红,#02,1,69.00,138.00,138.00,2026-03-29 07:00:00,2026-03-29 07:01:00,u04
P06,已发货,无售后,口红,#03,1,69.00,138.00,138.00,2026-03-29 07:00:00,2026-03-29 07:01:00,u04
"""

# One line an order. T3 was never paid for; T5 was closed after it was, and 25.00 of T6 came back.
TAOBAO = '''\
订单编号,买家会员名,买家应付货款,总金额,买家实际支付金额,订单状态,订单创建时间,订单付款时间,宝贝标题,宝贝总数量,退款金额
"=""2180001""",小明,128.00,128.00,128.00,交易成功,2026-03-02 00:30:00,2026-03-02 00:31:00,毛巾,2,0.00
"=""2180002""",阿红,39.90,39.90,39.90,交易成功,2026-03-07 13:00:00,2026-03-07 13:05:00,杯子,1,0.00
"=""2180003""",老王,59.00,59.00,0.00,等待买家付款,2026-03-10 09:00:00,,毛巾,1,0.00
"=""2180004""",小明,39.90,39.90,39.90,卖家已发货，等待买家确认,2026-03-15 23:59:00,2026-03-16 00:01:00,杯子,1,0.00
"=""2180005""",小刚,299.00,299.00,299.00,交易关闭,2026-03-18 10:00:00,2026-03-18 10:02:00,被子,1,299.00
"=""2180006""",阿红,128.00,128.00,128.00,交易成功,2026-03-25 19:00:00,2026-03-25 19:01:00,毛巾,2,25.00
'''

# The merchant's bill: refunds are lines of their own, below zero, of the same order.
ALIPAY = """\
#支付宝业务明细查询
#账号：[20881234567890120156]
#起始日期：[2026年03月01日 00:00:00]   终止日期：[2026年04月01日 00:00:00]
#-----------------------------------------业务明细列表----------------------------------------
支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,对方账户,订单金额（元）,商家实收（元）,服务费（元）,备注
2026030222001\t,A1\t,交易\t,茶\t,2026-03-02 10:00:00,2026-03-02 10:00:10,a**@x.cn\t,50.00,50.00,-0.30,\t
2026030422002\t,A2\t,交易\t,茶\t,2026-03-04 11:00:00,2026-03-04 11:00:10,b**@x.cn\t,120.00,120.00,-0.72,\t
2026030622002\t,A2\t,退款\t,茶\t,2026-03-06 11:00:00,2026-03-06 11:00:10,b**@x.cn\t,-20.00,-20.00,0.12,\t
2026031022003\t,A3\t,交易\t,杯\t,2026-03-10 12:00:00,2026-03-10 12:00:10,a**@x.cn\t,88.00,88.00,-0.53,\t
2026031122003\t,A3\t,退款\t,杯\t,2026-03-11 09:00:00,2026-03-11 09:00:10,a**@x.cn\t,-88.00,-88.00,0.53,\t
2026032922004\t,A4\t,交易\t,壶\t,2026-03-29 23:30:00,2026-03-29 23:30:10,c**@x.cn\t,210.50,210.50,-1.26,\t
#-----------------------------------------业务明细列表结束------------------------------------
#交易合计：4笔，商家实收共468.50元
#退款合计：2笔，商家实收退款共-108.00元
#导出时间：[2026年04月01日 09:12:52]
"""

# The bill of the app: amounts with ¥, money that was paid out beside sales, one refund in part.
WECHAT = """\
微信支付账单明细,,,,,,,,,,
微信昵称：[小店],,,,,,,,,,
起始时间：[2026-03-01 00:00:00] 终止时间：[2026-03-31 23:59:59],,,,,,,,,,
共6笔记录,,,,,,,,,,
收入：5笔 615.50元,,,,,,,,,,
----------------------微信支付账单明细列表--------------------,,,,,,,,,,
交易时间,交易类型,交易对方,商品,收/支,金额(元),支付方式,当前状态,交易单号,商户单号,备注
2026-03-02 08:00:00,二维码收款,小明,茶,收入,¥66.00,零钱,已收钱,10001\t,W1\t,"/"
2026-03-05 09:30:00,二维码收款,阿红,茶,收入,"¥1,200.50",零钱,已收钱,10002\t,W2\t,"/"
2026-03-06 10:00:00,商户消费,水电公司,电费,支出,¥300.00,零钱,支付成功,10003\t,W3\t,"/"
2026-03-14 19:00:00,二维码收款,小明,杯,收入,¥49.00,零钱,已退款(￥9.00),10004\t,W4\t,"/"
2026-03-21 20:00:00,二维码收款,老王,杯,收入,¥49.00,零钱,已全额退款,10005\t,W5\t,"/"
2026-03-28 21:00:00,二维码收款,小刚,壶,收入,¥51.00,零钱,已收钱,10006\t,W6\t,"/"
"""

# Only the first line of an order says what it comes to; #1004 was not paid, #1003 came back.
SHOPIFY = """\
Name,Email,Financial Status,Paid at,Fulfillment Status,Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,Refunded Amount,Id
#1001,ann@example.com,paid,2026-03-02 09:00:05 +0000,fulfilled,GBP,30.00,4.00,0.00,34.00,,0.00,2026-03-02 09:00:00 +0000,1,Mug,10.00,MUG,0.00,5001
#1001,,,,,,,,,,,,2026-03-02 09:00:00 +0000,2,Spoon,10.00,SPN,,
#1002,bob@example.com,partially_refunded,2026-03-10 20:15:05 +0000,fulfilled,GBP,50.00,0.00,0.00,45.00,SPRING,5.00,2026-03-10 20:15:00 +0000,5,Spoon,10.00,SPN,10.00,5002
#1003,cat@example.com,refunded,2026-03-16 23:30:05 +0000,fulfilled,GBP,10.00,4.00,0.00,14.00,,0.00,2026-03-16 23:30:00 +0000,1,Mug,10.00,MUG,14.00,5003
#1004,dan@example.com,pending,,,GBP,20.00,0.00,0.00,20.00,,0.00,2026-03-22 12:00:00 +0000,2,Mug,10.00,MUG,0.00,5004
#1005,ann@example.com,paid,2026-03-29 12:30:05 +0100,,GBP,70.00,0.00,0.00,70.00,,0.00,2026-03-29 12:30:00 +0100,1,Pot,60.00,POT,0.00,5005
#1005,,,,,,,,,,,,2026-03-29 12:30:00 +0100,1,Mug,10.00,MUG,,
"""

WOOCOMMERCE = """\
order_id,order_number,order_date,paid_date,status,shipping_total,discount_total,order_total,refund_total,order_currency,payment_method,customer_id,customer_email,billing_first_name
71,71,2026-03-02 08:30:00,2026-03-02 08:31:00,completed,0.00,0.00,25.00,0.00,EUR,stripe,11,eva@example.com,Eva
72,72,2026-03-05 21:10:00,2026-03-05 21:10:30,completed,4.90,5.00,84.90,0.00,EUR,paypal,12,max@example.com,Max
73,73,2026-03-13 17:00:00,,pending,0.00,0.00,15.00,0.00,EUR,bacs,13,kai@example.com,Kai
74,74,2026-03-19 06:00:00,2026-03-19 06:01:00,refunded,0.00,0.00,40.00,40.00,EUR,stripe,11,eva@example.com,Eva
75,75,2026-03-27 10:00:00,2026-03-27 10:02:00,processing,0.00,0.00,60.00,12.50,EUR,stripe,0,guest@example.com,Gast
76,76,2026-03-28 10:00:00,,cancelled,0.00,0.00,99.00,0.00,EUR,stripe,12,max@example.com,Max
"""

# user, item, what, epoch seconds: no header. u1, u2, u3, u4 look; u1, u2 fill a cart; u1 buys.
LOG = """\
1001,71,pv,1772438400
1001,71,cart,1772438460
1001,71,buy,1772438520
1002,72,pv,1772611200
1002,72,cart,1772611260
1003,71,pv,1773043200
1003,72,pv,1773043300
1004,72,pv,1774252800
1002,71,pv,1774684800
"""

# Known by the day only: five see, three follow, two order.
BY_DAY = """\
日期,用户ID,行为,平台
2026/3/2,k1,浏览,抖音
2026/3/2,k2,浏览,抖音
2026/3/3,k3,浏览,快手
2026/3/4,k1,关注,抖音
2026/3/5,k1,下单,抖音
2026/3/9,k4,浏览,快手
2026/3/10,k2,关注,抖音
2026/3/16,k5,浏览,抖音
2026/3/18,k4,关注,快手
2026/3/28,k2,下单,抖音
"""

ORDERS = """\
order_no,created,buyer,state,total
O1,02/03/2026 09:15,anna,paid,130.00
O2,05/03/2026 18:40,ben,paid,45.50
O3,13/03/2026 11:05,anna,paid,60.00
O4,21/03/2026 22:20,cleo,cancelled,20.00
O5,29/03/2026 08:00,dora,paid,85.00
"""
LINES = """\
order_no,product,quantity,price
O1,cup,2,50.00
O1,tea,3,10.00
O2,tea,1,45.50
O3,cup,1,60.00
O4,tea,2,10.00
O5,cup,1,50.00
O5,tea,1,35.00
"""
REFUNDS = """\
order_no,refund,refunded_at
O1,30.00,06/03/2026 10:00
O1,20.00,09/03/2026 10:00
O3,60.00,15/03/2026 10:00
"""

DAYS = {
    "log-2026-03-02.csv": "uid,event,time\nd1,visit,2026-03-02 08:00:00\nd2,visit,2026-03-02 09:00:00\n",
    "log-2026-03-03.csv": "uid,event,time\nd1,cart,2026-03-03 08:00:00\nd3,visit,2026-03-03 08:30:00\n",
    "log-2026-03-04.csv": "uid,event,time\nd1,pay,2026-03-04 08:00:00\nd2,cart,2026-03-04 10:00:00\n",
}

MONTHS = {
    "orders-2026-02.csv": "no,paid_at,amount,buyer\n1,2026-02-27 10:00:00,10.00,m1\n",
    "orders-2026-03.csv": (
        "no,paid_at,amount,buyer\n2,2026-03-02 10:00:00,20.00,m1\n3,2026-03-12 10:00:00,30.50,m2\n"
        "4,2026-03-28 10:00:00,40.00,m3\n"
    ),
}
MONTHS["orders-2026-03 (1).csv"] = MONTHS["orders-2026-03.csv"]


# The merchant's bill of all: a mark before each value, refunds as lines, sums of other fields below.
WECHAT_ALL = """\
交易时间,公众账号ID,商户号,微信订单号,商户订单号,用户标识,交易类型,交易状态,货币种类,应结订单金额,微信退款单号,商户退款单号,退款金额,退款状态,商品名称,手续费,费率,订单金额,申请退款金额
`2026-03-02 10:00:00,`wx1,`160,`4200001,`M1,`oABC1,`JSAPI,`SUCCESS,`CNY,`88.00,`0,`0,`0.00,`,`茶,`0.53000,`0.60%,`88.00,`0.00
`2026-03-03 11:00:00,`wx1,`160,`4200002,`M2,`oABC2,`JSAPI,`SUCCESS,`CNY,`120.00,`0,`0,`0.00,`,`茶,`0.72000,`0.60%,`120.00,`0.00
`2026-03-05 11:00:00,`wx1,`160,`4200002,`M2,`oABC2,`JSAPI,`REFUND,`CNY,`0.00,`5030,`R1,`20.00,`SUCCESS,`茶,`-0.12000,`0.60%,`0.00,`20.00
`2026-03-09 11:00:00,`wx1,`160,`4200003,`M3,`oABC1,`JSAPI,`SUCCESS,`CNY,`60.00,`0,`0,`0.00,`,`茶,`0.36000,`0.60%,`60.00,`0.00
总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额
`4,`268.00,`20.00,`0.00,`1.49000,`268.00,`20.00
"""

YOUZAN = """\
订单号,订单状态,订单类型,支付方式,订单创建时间,买家付款时间,商品金额合计,店铺优惠,订单实付金额,订单退款状态,订单已退款金额,粉丝昵称,买家手机号,收货人
E1,交易完成,普通,微信支付,2026-03-02 10:00:00,2026-03-02 10:00:20,100.00,10.00,90.00,,0.00,小明,13800000001,王明
E2,待发货,普通,微信支付,2026-03-03 10:00:00,2026-03-03 10:00:20,50.00,0.00,50.00,退款成功,50.00,阿红,13800000002,李红
E3,待付款,普通,,2026-03-04 10:00:00,,50.00,0.00,50.00,,0.00,小刚,13800000003,张刚
"""

# Each line repeats what its order comes to, and says what its own product costs.
WECHAT_SHOP = """\
订单号,订单状态,订单下单时间,支付完成时间,订单实际支付金额,商品名称,商品数量,商品实际价格(总共),买家昵称,售后状态
3710001,已完成,2026-03-02 10:00:00,2026-03-02 10:01:00,45.00,茶,1,45.00,小明,无售后
3710002,已完成,2026-03-03 10:00:00,2026-03-03 10:01:00,99.00,茶,1,45.00,阿红,无售后
3710002,已完成,2026-03-03 10:00:00,2026-03-03 10:01:00,99.00,杯,1,54.00,阿红,无售后
3710003,待付款,2026-03-04 10:00:00,,45.00,茶,1,45.00,小刚,无售后
"""


def merged():
    """A workbook with a title above, orders merged over their lines, and a sum below."""
    rows = [
        ["三月销售表", None, None, None, None],
        ["制表：小店", None, None, None, None],
        ["订单号", "下单时间", "客户", "商品", "金额"],
        ["X1", "2026-03-02 10:00:00", "刘", "茶", 30],
        [None, None, None, "杯", 12.5],
        ["X2", "2026-03-11 15:00:00", "陈", "茶", 30],
        ["X3", "2026-03-20 16:00:00", "刘", "壶", 199],
        [None, None, None, "茶", 30],
        [None, None, None, "杯", 12.5],
        ["合计", None, None, None, 314],
    ]
    return workbook({"三月": rows})


EXPORTS = {
    "douyin": Export({"订单.csv": with_mark(DOUYIN)}, 6, 174_700, 7_100, 4, 3),
    "xiaohongshu": Export({"orders.csv": with_mark(XIAOHONGSHU)}, 6, 60_500, 6_900, 4, 3),
    "taobao": Export({"ExportOrderList.csv": gbk(TAOBAO)}, 6, 63_480, 32_400, 4, 2),
    "alipay": Export({"bill.csv": gbk(ALIPAY)}, 4, 46_850, 10_800, 3, 3),
    "wechat": Export({"bill.csv": with_mark(WECHAT)}, 5, 141_550, 5_800, 4, 3, excluded=1),
    "shopify": Export(
        {"orders_export.csv": SHOPIFY}, 5, 18_300, 2_400, 3, 2, "GBP", "Europe/London"
    ),
    "woocommerce": Export({"orders.csv": WOOCOMMERCE}, 6, 32_390, 5_250, 3, 3, "EUR", "UTC"),
    "headerless": Export(
        {"log.csv": LOG}, currency="", zone="UTC", users={"pv": 4, "cart": 2, "buy": 1}
    ),
    "merged": Export({"sales.xlsx": merged()}, 3, 31_400, 0, 3, 2, excluded=1),
    "three_files": Export(
        {"orders.csv": ORDERS, "lines.csv": LINES, "refunds.csv": REFUNDS},
        *(5, 34_050, 11_000, 3, 3),
        currency="",
        zone="UTC",
    ),
    "by_day": Export({"行为.csv": BY_DAY}, currency="", users={"浏览": 5, "关注": 3, "下单": 2}),
    "wechat_all": Export({"bill.csv": with_mark(WECHAT_ALL)}, 3, 26_800, 2_000, 3, 2),
    "youzan": Export({"orders.csv": gbk(YOUZAN)}, 3, 19_000, 5_000, 1, 1),
    "wechat_shop": Export({"orders.csv": with_mark(WECHAT_SHOP)}, 3, 18_900, 0, 2, 2),
    "daily_files": Export(DAYS, currency="", zone="UTC", users={"visit": 3, "cart": 2, "pay": 1}),
    "months": Export(MONTHS, 4, 10_050, 0, 4, 3, currency="", zone="UTC"),
}
