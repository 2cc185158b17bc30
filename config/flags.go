package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// SplitFlags takes the flags of the table out of the command line and returns the
// rest in its order, for the command's own parser. It reads --name value,
// --name=value and, for switches, --name alone; what follows "--" is left alone.
// An error is [Mistakes]: a flag without its value, a flag given twice.
func SplitFlags(args []string) (flags map[string]string, rest []string, err error) {
	known := map[string]bool{} // whether the flag is a switch
	for _, o := range Options() {
		known[o.Flag()] = o.Switch
		if o.Secret {
			known[o.Flag()+"-file"] = false
		}
	}
	flags = map[string]string{}
	var mistakes Mistakes
	for i := 0; i < len(args); i++ {
		if args[i] == "--" {
			rest = append(rest, args[i:]...)
			break
		}
		name, value, inline := strings.Cut(strings.TrimPrefix(args[i], "--"), "=")
		isSwitch, ours := known[name]
		switch {
		case !ours || !strings.HasPrefix(args[i], "--"):
			rest = append(rest, args[i])
			continue
		case inline:
		case isSwitch:
			value = "true"
		case i+1 == len(args) || strings.HasPrefix(args[i+1], "--"):
			mistakes = append(mistakes, "--"+name+" needs a value")
		default:
			i++
			value = args[i]
		}
		if _, twice := flags[name]; twice {
			mistakes = append(mistakes, "--"+name+" is given twice")
		}
		flags[name] = value
	}
	if len(mistakes) > 0 {
		return nil, nil, mistakes
	}
	return flags, rest, nil
}

// FlagHelp returns the flags of the table with their help, for --help.
func FlagHelp() string {
	var b strings.Builder
	section := ""
	for _, o := range Options() {
		if o.Section != section {
			section = o.Section
			fmt.Fprintf(&b, "\n%s:\n", section)
		}
		fmt.Fprintf(&b, "  --%s %s\n      %s%s\n", o.Flag(), o.Value, o.Help, notes(o))
	}
	b.WriteString("\nEvery flag is also a variable (--http-addr: GUIKE_HTTP_ADDR). The flag wins. A secret is better given\n" +
		"in a file: --jwt-keys-file FILE, GUIKE_JWT_KEYS_FILE; other users of the machine can read flags.\n")
	return b.String()
}

func notes(o Option) string {
	if o.Default == "" {
		return ""
	}
	return " Default: " + o.Default + "."
}

func flagName(name string) string {
	return strings.ToLower(strings.ReplaceAll(name, "_", "-"))
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }

// didYouMean names the nearest known name, or nothing when none is near.
func didYouMean(name string, known []string, dashes string) string {
	best, least := "", 1+max(2, len(name)/3)
	for _, k := range known {
		if d := distance(name, k); d < least {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + dashes + best + "?"
}

// distance is the number of characters to insert, delete or replace (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
