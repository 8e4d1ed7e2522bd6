package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

var (
	namePattern  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.]*$`)
	plainPattern = regexp.MustCompile(`^[A-Za-z0-9_./:@%+,=?&~-]*$`)
	linePattern  = regexp.MustCompile(`(?m)^([A-Za-z_][A-Za-z0-9_.]*)=(?:'([^'\n]*)'|([^'\n]*))$`)
)

// unwritable says why a variable has no text that every reader of dotenv files
// takes alike. Single quotes are literal everywhere; nothing else is.
func unwritable(name, value string) string {
	if !namePattern.MatchString(name) {
		return "a variable's name has letters, digits, _ and . only"
	}
	if strings.ContainsAny(value, "'\r\n") {
		return "a value with a single quote or a line end is read differently by different programs"
	}
	return ""
}

func dotenv(variables map[string]string) string {
	var text strings.Builder
	names := make([]string, 0, len(variables))
	for name := range variables {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		value := variables[name]
		if !plainPattern.MatchString(value) {
			value = "'" + value + "'"
		}
		text.WriteString(name + "=" + value + "\n")
	}
	return text.String()
}

// readDotenv reads what dotenv wrote; lines of other hands that it cannot read
// are no variables, so that a refresh shows the difference.
func readDotenv(path string) (map[string]string, bool, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	variables := map[string]string{}
	for _, found := range linePattern.FindAllStringSubmatch(string(text), -1) {
		variables[found[1]] = found[2] + found[3]
	}
	return variables, true, nil
}

// writeWhole replaces the file in one step, so that a reader sees the old text
// or the new one, and fsyncs it before its name, so that a crash leaves one too.
func writeWhole(path, text string) error {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	if _, err = file.WriteString(text); err == nil {
		err = file.Sync()
	}
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
