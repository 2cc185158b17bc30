package config

import (
	"log/slog"
	"net/netip"
	"net/url"
	"time"
)

// Prefix begins the name of every environment variable of ours.
const Prefix = "GUIKE_"

// Option is one row of the table: a setting as the environment, the flags and the
// example file know it.
type Option struct {
	Name    string // HTTP_ADDR
	Section string // heading in the example file
	Value   string // what to write, in the help: HOST:PORT
	Help    string
	Default string
	Secret  bool // also read from the file that GUIKE_<Name>_FILE names; never shown
	Switch  bool // a flag that needs no value

	field field
}

// Env is the name of the option's environment variable: GUIKE_HTTP_ADDR.
func (o Option) Env() string { return Prefix + o.Name }

// Flag is the option's flag without dashes in front: http-addr.
func (o Option) Flag() string { return flagName(o.Name) }

// Options returns the whole table, in the order of the example file.
func Options() []Option {
	var all []Option
	for _, section := range []struct {
		title   string
		options []Option
	}{
		{"Addresses", addresses()},
		{"Stores", stores()},
		{"Secrets of this deployment (guike refuses to serve without them)", secrets()},
		{"WeChat", wechat()},
		{"WeCom: sign-in of staff (all or none)", wecom()},
		{"Files", files()},
		{"The rest", rest()},
	} {
		for _, o := range section.options {
			o.Section = section.title
			all = append(all, o)
		}
	}
	return all
}

func addresses() []Option {
	return []Option{
		{
			Name: "HTTP_ADDR", Value: "HOST:PORT", Default: "127.0.0.1:8080", Help: "Where the API listens.",
			field: bind(func(c *Config) *string { return &c.HTTPAddr }, parseAddr),
		},
		{
			Name: "OPS_ADDR", Value: "HOST:PORT", Default: "127.0.0.1:9090",
			Help:  "Where health, metrics and profiles listen. Never open it to the world.",
			field: bind(func(c *Config) *string { return &c.OpsAddr }, parseAddr),
		},
		{
			Name: "SIM_ADDR", Value: "HOST:PORT", Default: "127.0.0.1:8081",
			Help:  "Where the demo's WeChat simulator listens. serve has none.",
			field: bind(func(c *Config) *string { return &c.SimAddr }, parseAddr),
		},
		{
			Name: "PUBLIC_URL", Value: "URL",
			Help:  "How the world reaches the API, https, without a path. serve needs it.",
			field: bind(func(c *Config) **url.URL { return &c.PublicURL }, parseOrigin),
		},
		{
			Name: "TRUSTED_PROXIES", Value: "CIDR,…",
			Help:  "Networks whose X-Forwarded-For is believed. None by default.",
			field: bind(func(c *Config) *[]netip.Prefix { return &c.TrustedProxies }, parsePrefixes),
		},
	}
}

func stores() []Option {
	return []Option{
		{
			Name: "DATA_DIR", Value: "DIR", Default: "./data",
			Help:  "Folder of everything embedded: the SQLite file, pictures, the demo's secrets.",
			field: bind(func(c *Config) *string { return &c.DataDir }, parseText),
		},
		{
			Name: "MYSQL_DSN", Value: "DSN", Secret: true,
			Help:  "user:password@tcp(host:3306)/guike. Empty: SQLite in DATA_DIR, one process.",
			field: bind(func(c *Config) *string { return &c.MySQLDSN }, parseDSN),
		},
		{
			Name: "DB_MAX_OPEN", Value: "N", Default: "32", Help: "Most connections to MySQL, 2 to 1000.",
			field: bind(func(c *Config) *int { return &c.DBMaxOpen }, parseInt(2, 1000)),
		},
		{
			Name: "MIGRATE", Value: "BOOL", Default: "false", Switch: true,
			Help:  "Bring the schema up to date when serve starts; otherwise serve refuses an old one.",
			field: bind(func(c *Config) *bool { return &c.Migrate }, parseBool),
		},
		{
			Name: "REDIS_URL", Value: "URL,…", Secret: true,
			Help:  "redis://:password@host:6379/0, several with commas for a cluster. Empty: embedded, one process.",
			field: bind(func(c *Config) *string { return &c.RedisURL }, parseRedis),
		},
	}
}

func secrets() []Option {
	return []Option{
		{
			Name: "JWT_KEYS", Value: "KID:BASE64,…", Secret: true,
			Help: "Keys of access tokens, at least 32 bytes each (openssl rand -base64 32). The first one signs, " +
				"the others are still accepted.",
			field: bind(func(c *Config) *Keys { return &c.JWTKeys }, parseKeys(32, 256)),
		},
		{
			Name: "FIELD_KEYS", Value: "KID:BASE64,…", Secret: true,
			Help: "Keys that encrypt personal data in the store, 32 bytes each. To rotate, put a new one in front. " +
				"Losing a key loses the data.",
			field: bind(func(c *Config) *Keys { return &c.FieldKeys }, parseKeys(32, 32)),
		},
		{
			Name: "INDEX_KEY", Value: "BASE64", Secret: true,
			Help:  "Key of the blind index of phone numbers, 32 bytes. It cannot be rotated.",
			field: bind(func(c *Config) *[]byte { return &c.IndexKey }, parseKey(32, 32)),
		},
		{
			Name: "LINK_KEY", Value: "BASE64", Secret: true,
			Help:  "Key that signs links to files, at least 32 bytes.",
			field: bind(func(c *Config) *[]byte { return &c.LinkKey }, parseKey(32, 256)),
		},
	}
}

func wechat() []Option {
	return []Option{
		{
			Name: "WECHAT_API_BASE", Value: "URL", Default: "https://api.weixin.qq.com",
			Help:  "The platform's API. The demo takes its simulator instead.",
			field: bind(func(c *Config) **url.URL { return &c.WeChatAPIBase }, parseBase),
		},
		{
			Name: "WECHAT_APPID", Value: "WX…", Help: "The mini-program. serve needs it.",
			field: bind(func(c *Config) *string { return &c.WeChatAppID }, parseAppID),
		},
		{
			Name: "WECHAT_SECRET", Value: "TEXT", Secret: true, Help: "The mini-program's secret. serve needs it.",
			field: bind(func(c *Config) *string { return &c.WeChatSecret }, parseText),
		},
		{
			Name: "WECHAT_PUSH_TOKEN", Value: "TEXT", Secret: true,
			Help:  "Token of the message push, as in the console: 3 to 32 letters and digits. With the AES key, or not at all.",
			field: bind(func(c *Config) *string { return &c.WeChatPushToken }, parsePushToken),
		},
		{
			Name: "WECHAT_PUSH_AES_KEY", Value: "TEXT", Secret: true,
			Help:  "EncodingAESKey of the message push (safe mode), 43 letters and digits.",
			field: bind(func(c *Config) *string { return &c.WeChatPushAESKey }, parsePushKey),
		},
		{
			Name: "WECHAT_MINIPROGRAM_STATE", Value: "STATE", Default: "formal",
			Help:  "Which version a subscription message opens: formal, trial or developer.",
			field: bind(func(c *Config) *string { return &c.WeChatMiniProgramState }, parseOneOf("formal", "trial", "developer")),
		},
	}
}

func wecom() []Option {
	return []Option{
		{
			Name: "WECOM_API_BASE", Value: "URL", Default: "https://qyapi.weixin.qq.com",
			Help:  "WeCom's API. The demo takes its simulator instead.",
			field: bind(func(c *Config) **url.URL { return &c.WeComAPIBase }, parseBase),
		},
		{
			Name: "WECOM_CORP_ID", Value: "WW…", Help: "The company in WeCom.",
			field: bind(func(c *Config) *string { return &c.WeComCorpID }, parseText),
		},
		{
			Name: "WECOM_AGENT_ID", Value: "N", Help: "The app in WeCom by which staff sign in.",
			field: bind(func(c *Config) *string { return &c.WeComAgentID }, parseText),
		},
		{
			Name: "WECOM_SECRET", Value: "TEXT", Secret: true, Help: "That app's secret.",
			field: bind(func(c *Config) *string { return &c.WeComSecret }, parseText),
		},
	}
}

func files() []Option {
	return []Option{
		{
			Name: "S3_ENDPOINT", Value: "URL",
			Help:  "S3-compatible store for files (OSS, COS, MinIO); all five S3 settings or none. Empty: a folder in DATA_DIR.",
			field: bind(func(c *Config) **url.URL { return &c.S3.Endpoint }, parseOrigin),
		},
		{
			Name: "S3_BUCKET", Value: "NAME", Help: "Its bucket.",
			field: bind(func(c *Config) *string { return &c.S3.Bucket }, parseText),
		},
		{
			Name: "S3_REGION", Value: "NAME", Help: "Its region; links cannot be signed without one.",
			field: bind(func(c *Config) *string { return &c.S3.Region }, parseText),
		},
		{
			Name: "S3_ACCESS_KEY", Value: "TEXT", Secret: true, Help: "Its access key.",
			field: bind(func(c *Config) *string { return &c.S3.AccessKey }, parseText),
		},
		{
			Name: "S3_SECRET_KEY", Value: "TEXT", Secret: true, Help: "Its secret key.",
			field: bind(func(c *Config) *string { return &c.S3.SecretKey }, parseText),
		},
		{
			Name: "UPLOAD_MAX_BYTES", Value: "SIZE", Default: "10MiB", Help: "Largest file accepted, 64KiB to 64MiB.",
			field: bind(func(c *Config) *int64 { return &c.UploadMaxBytes }, parseSize(64<<10, 64<<20)),
		},
		{
			Name: "CUSTOMER_QUOTA_BYTES", Value: "SIZE", Default: "500MiB", Help: "All files of one customer together.",
			field: bind(func(c *Config) *int64 { return &c.CustomerQuotaBytes }, parseSize(1<<20, 1<<40)),
		},
	}
}

func rest() []Option {
	return []Option{
		{
			Name: "ZONE", Value: "NAME", Default: "Asia/Shanghai",
			Help:  "The company's time zone: calendar days, quiet hours, service clocks.",
			field: bind(func(c *Config) **time.Location { return &c.Zone }, parseZone),
		},
		{
			Name: "LOG_LEVEL", Value: "LEVEL", Default: "info", Help: "debug, info, warn or error.",
			field: bind(func(c *Config) *slog.Level { return &c.LogLevel }, parseLevel),
		},
		{
			Name: "LOG_FORMAT", Value: "FORMAT", Default: "json", Help: "json, or text for reading along (the demo's default).",
			field: bind(func(c *Config) *string { return &c.LogFormat }, parseOneOf("json", "text")),
		},
		{
			Name: "REQUEST_TIMEOUT", Value: "DURATION", Default: "15s", Help: "Longest work on one request, 1s to 60s.",
			field: bind(func(c *Config) *time.Duration { return &c.RequestTimeout }, parseDuration(time.Second, time.Minute)),
		},
		{
			Name: "SHUTDOWN_TIMEOUT", Value: "DURATION", Default: "10s",
			Help:  "How long requests in flight may take after a stop signal, up to 5m.",
			field: bind(func(c *Config) *time.Duration { return &c.ShutdownTimeout }, parseDuration(0, 5*time.Minute)),
		},
		{
			Name: "LIMITS_SCALE", Value: "N", Default: "1",
			Help:  "Multiplies the rate limits, 1 to 1000; the limit on sign-in failures stays. The demo's default is 10.",
			field: bind(func(c *Config) *int { return &c.LimitsScale }, parseInt(1, 1000)),
		},
	}
}
