package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// secretFileMax bounds what is read from a file that holds one secret.
const secretFileMax = 64 << 10

// Mode checks a Config for one use of the binary, after everything was read, and
// may fill in defaults of that use. It returns what is wrong.
type Mode func(*Config) []string

// Load reads the environment ("NAME=value", as os.Environ gives it), then the
// flags over it (names without dashes, from [SplitFlags]), then applies the modes.
// An empty value counts as not set, save that an empty flag hides the variable.
// A secret may come from the file that GUIKE_<NAME>_FILE or --<name>-file names.
// GUIKE_TEST_* is left to the tests.
//
// The error is [Mistakes]: everything that is wrong, at once.
func Load(environ []string, flags map[string]string, modes ...Mode) (Config, error) {
	l := loader{config: Config{given: map[string]bool{}}, env: ours(environ), flags: flags}
	l.refuseUnknown()
	for _, o := range Options() {
		l.read(o)
	}
	l.mistakes = append(l.mistakes, together(l.config)...)
	for _, mode := range modes {
		l.mistakes = append(l.mistakes, mode(&l.config)...)
	}
	if len(l.mistakes) > 0 {
		return Config{}, l.mistakes
	}
	return l.config, nil
}

// ours picks the variables that begin with GUIKE_.
func ours(environ []string) map[string]string {
	env := map[string]string{}
	for _, line := range environ {
		name, value, _ := strings.Cut(line, "=")
		if strings.HasPrefix(name, Prefix) && !strings.HasPrefix(name, Prefix+"TEST_") {
			env[name] = value
		}
	}
	return env
}

type loader struct {
	config   Config
	env      map[string]string
	flags    map[string]string
	mistakes Mistakes
}

func (l *loader) mistakef(format string, args ...any) {
	l.mistakes = append(l.mistakes, fmt.Sprintf(format, args...))
}

func (l *loader) refuseUnknown() {
	var names, flags []string
	for _, o := range Options() {
		names, flags = append(names, o.Env()), append(flags, o.Flag())
		if o.Secret {
			names, flags = append(names, o.Env()+"_FILE"), append(flags, o.Flag()+"-file")
		}
	}
	for _, name := range sortedKeys(l.env) {
		if !slices.Contains(names, name) {
			l.mistakef("%s is unknown%s", name, didYouMean(name, names, ""))
		}
	}
	for _, name := range sortedKeys(l.flags) {
		if !slices.Contains(flags, name) {
			l.mistakef("--%s is unknown%s", name, didYouMean(name, flags, "--"))
		}
	}
}

// read sets one option from its flag, its variable or its default.
func (l *loader) read(o Option) {
	value, from, ok := l.source(o)
	switch {
	case !ok:
		// The source is a mistake itself, and told already; modes need not tell again.
		l.config.given[o.Name] = true
		return
	case value != "":
		l.config.given[o.Name] = true
	case o.Default != "":
		value = o.Default
	default:
		return
	}
	err := o.field.set(&l.config, value)
	switch {
	case err == nil:
	case o.Secret:
		l.mistakef("%s %v", from, err)
	default:
		l.mistakef("%s=%q %v", from, value, err)
	}
}

// source finds the option's value and what to call it in a mistake.
func (l *loader) source(o Option) (value, from string, ok bool) {
	value, file, flagged := l.pair(l.flags, o.Flag(), o.Flag()+"-file", o.Secret)
	from, fileFrom := "--"+o.Flag(), "--"+o.Flag()+"-file"
	if !flagged {
		value, file, _ = l.pair(l.env, o.Env(), o.Env()+"_FILE", o.Secret)
		from, fileFrom = o.Env(), o.Env()+"_FILE"
	}
	switch {
	case value != "" && file != "":
		l.mistakef("%s and %s are both set; keep one", from, fileFrom)
		return "", "", false
	case file == "":
		return value, from, true
	}
	value, err := readSecret(file)
	if err != nil {
		l.mistakef("%s: %v", fileFrom, err)
		return "", "", false
	}
	return value, fileFrom, true
}

func (l *loader) pair(in map[string]string, name, fileName string, secret bool) (value, file string, found bool) {
	value, found = in[name]
	if secret {
		var fileFound bool
		file, fileFound = in[fileName]
		found = found || fileFound
	}
	return value, file, found
}

// readSecret reads a file without the newline that editors leave at its end.
func readSecret(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // nothing was written
	b, err := io.ReadAll(io.LimitReader(f, secretFileMax+1))
	if err != nil {
		return "", err
	}
	value := strings.TrimRight(string(b), "\r\n")
	switch {
	case len(b) > secretFileMax:
		return "", fmt.Errorf("%s is larger than a secret can be", path)
	case value == "":
		return "", fmt.Errorf("%s is empty", path)
	case strings.Contains(value, "\n"):
		return "", errors.New(path + " has more than one line")
	}
	return value, nil
}

// together checks what must be set with something else, whatever the use.
func together(c Config) []string {
	var wrong []string
	for _, group := range [][]string{
		{"WECHAT_PUSH_TOKEN", "WECHAT_PUSH_AES_KEY"},
		{"WECOM_CORP_ID", "WECOM_AGENT_ID", "WECOM_SECRET"},
		{"S3_ENDPOINT", "S3_BUCKET", "S3_REGION", "S3_ACCESS_KEY", "S3_SECRET_KEY"},
	} {
		var missing []string
		for _, name := range group {
			if !c.Given(name) {
				missing = append(missing, Prefix+name)
			}
		}
		if n := len(missing); n > 0 && n < len(group) {
			wrong = append(wrong, fmt.Sprintf("%s missing: %s belong together, all or none",
				strings.Join(missing, ", "), Prefix+strings.Join(group, ", "+Prefix)))
		}
	}
	if c.CustomerQuotaBytes > 0 && c.CustomerQuotaBytes < c.UploadMaxBytes {
		wrong = append(wrong, "GUIKE_CUSTOMER_QUOTA_BYTES is less than GUIKE_UPLOAD_MAX_BYTES: no file would ever fit")
	}
	return wrong
}
