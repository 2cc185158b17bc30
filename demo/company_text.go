package demo

import (
	"guike/internal/actor"
	"guike/model/project/supervisor"
)

// regionNames are what the regions are called.
var regionNames = []string{"华南区", "华东区"}

// shop is a store and the town around it.
type shop struct {
	name, city, address, phone string
	region                     int
	districts, roads, estates  []string
}

var shops = []shop{
	{
		name: "广州天河店", city: "广州市", address: "天河区珠江新城华夏路 28 号 1 层", phone: "020-5555 0128", region: 0,
		districts: []string{"天河区", "海珠区", "番禺区", "白云区"},
		roads:     []string{"黄埔大道", "江南大道", "汉溪大道", "云城西路"},
		estates:   []string{"云栖花园", "珠江翠苑", "汇景新城", "星河湾畔", "岭南雅筑", "金碧水岸"},
	},
	{
		name: "深圳南山店", city: "深圳市", address: "南山区海德三道 16 号 2 层", phone: "0755-5555 0116", region: 0,
		districts: []string{"南山区", "福田区", "宝安区", "龙华区"},
		roads:     []string{"创业路", "景田路", "新安四路", "人民北路"},
		estates:   []string{"半岛城邦", "香蜜雅苑", "海语花园", "前海领御", "锦绣山居", "蔚蓝海岸"},
	},
	{
		name: "杭州西湖店", city: "杭州市", address: "西湖区文三路 90 号 1 层", phone: "0571-5555 0190", region: 1,
		districts: []string{"西湖区", "拱墅区", "滨江区", "余杭区"},
		roads:     []string{"古墩路", "莫干山路", "江南大道", "良睦路"},
		estates:   []string{"桂语江南", "湖山春晓", "钱塘府", "竹径雅园", "运河上宸", "溪语明庭"},
	},
}

// hire is a line of the roster. Those of no shop work for the whole company.
type hire struct {
	name, username string
	role           actor.Role
	shop           int // -1 for none
	region         int // of regional heads; -1 for the others
	left           bool
}

var roster = []hire{
	{"张建国", "zhangjianguo", actor.ProjectManager, 0, -1, false},
	{"梁伟明", "liangweiming", actor.ProjectManager, 0, -1, false},
	{"陈志强", "chenzhiqiang", actor.StoreManager, 0, -1, false},
	{"李婷", "liting", actor.Sales, 0, -1, false},
	{"黄俊杰", "huangjunjie", actor.Sales, 0, -1, false},
	{"林雨薇", "linyuwei", actor.Designer, 0, -1, false},
	{"何嘉豪", "hejiahao", actor.Designer, 0, -1, false},
	{"刘大勇", "liudayong", actor.Installer, 0, -1, false},
	{"罗强", "luoqiang", actor.Installer, 0, -1, false},
	{"邓国华", "dengguohua", actor.Supervisor, 0, -1, false},
	{"冯海涛", "fenghaitao", actor.ProjectManager, 0, -1, true},

	{"马文斌", "mawenbin", actor.ProjectManager, 1, -1, false},
	{"唐志远", "tangzhiyuan", actor.ProjectManager, 1, -1, false},
	{"吴晓东", "wuxiaodong", actor.StoreManager, 1, -1, false},
	{"周敏", "zhoumin", actor.Sales, 1, -1, false},
	{"徐浩然", "xuhaoran", actor.Sales, 1, -1, false},
	{"苏雅静", "suyajing", actor.Designer, 1, -1, false},
	{"高天宇", "gaotianyu", actor.Designer, 1, -1, false},
	{"曹磊", "caolei", actor.Installer, 1, -1, false},
	{"彭军", "pengjun", actor.Installer, 1, -1, false},
	{"谢永康", "xieyongkang", actor.Supervisor, 1, -1, false},

	{"钱卫东", "qianweidong", actor.ProjectManager, 2, -1, false},
	{"孙立军", "sunlijun", actor.ProjectManager, 2, -1, false},
	{"沈丽华", "shenlihua", actor.StoreManager, 2, -1, false},
	{"蒋欣怡", "jiangxinyi", actor.Sales, 2, -1, false},
	{"韩磊", "hanlei", actor.Sales, 2, -1, false},
	{"陆思远", "lusiyuan", actor.Designer, 2, -1, false},
	{"方晴", "fangqing", actor.Designer, 2, -1, false},
	{"朱海峰", "zhuhaifeng", actor.Installer, 2, -1, false},
	{"潘勇", "panyong", actor.Installer, 2, -1, false},
	{"严明", "yanming", actor.Supervisor, 2, -1, false},

	{"王芳", "wangfang", actor.CustomerService, -1, -1, false},
	{"赵雪", "zhaoxue", actor.CustomerService, -1, -1, false},
	{"宋佳", "songjia", actor.ExperienceCentre, -1, -1, false},
	{"郑凯", "zhengkai", actor.RegionalHead, -1, 0, false},
	{"叶青", "yeqing", actor.RegionalHead, -1, 1, false},
	{"杨振华", "yangzhenhua", actor.Management, -1, -1, false},
	{"余晨", "yuchen", actor.DataOfficer, -1, -1, false},
	{"管理员", "admin", actor.Admin, -1, -1, false},
}

// outsider is a supervisor of another company.
type outsider struct {
	name, company, certificate, introduction string
	feeFen                                   int64
	per                                      supervisor.FeePer
	cities                                   []string
}

var outsiders = []outsider{
	{
		"丁守正", "广州正衡工程监理有限公司", "注册监理工程师 粤 2019-30617", "从业十二年,只受业主委托,擅长水电与防水隐蔽工程。",
		580_000, supervisor.PerProject,
		[]string{"广州市", "深圳市"},
	},
	{
		"孔立群", "杭州立衡家装监理事务所", "二级建造师 浙 2021-11840", "每周到场两次,出具带照片的独立报告。",
		168_000, supervisor.PerMonth,
		[]string{"杭州市"},
	},
}
