// Renders a chart as `helm template` does, where Helm is not at hand: with Go's own templates and Sprig's functions.
// Called as: render <chart directory> <values as YAML>
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"gopkg.in/yaml.v3"
)

func main() {
	if err := render(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func render(chart, values string) error {
	files, err := filepath.Glob(filepath.Join(chart, "templates", "*"))
	if err != nil {
		return err
	}
	sort.Strings(files)
	root := template.New("chart").Option("missingkey=error")
	functions := sprig.TxtFuncMap()
	functions["toYaml"] = func(value any) (string, error) {
		text, err := yaml.Marshal(value)
		return strings.TrimSuffix(string(text), "\n"), err
	}
	functions["required"] = func(why string, value any) (any, error) {
		if value == nil || value == "" {
			return nil, fmt.Errorf("%s", why)
		}
		return value, nil
	}
	functions["include"] = func(name string, data any) (string, error) {
		var out bytes.Buffer
		err := root.ExecuteTemplate(&out, name, data)
		return out.String(), err
	}
	root.Funcs(functions)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if _, err := root.New("barong/templates/" + filepath.Base(file)).Parse(string(text)); err != nil {
			return err
		}
	}
	data := map[string]any{
		"Values":   floats(read(values)),
		"Chart":    title(read(filepath.Join(chart, "Chart.yaml"))),
		"Release":  map[string]any{"Name": "barong", "Service": "Helm"},
		"Template": map[string]any{"BasePath": "barong/templates"},
	}
	for _, file := range files {
		if strings.HasSuffix(file, ".tpl") {
			continue
		}
		fmt.Println("---")
		if err := root.ExecuteTemplate(os.Stdout, "barong/templates/"+filepath.Base(file), data); err != nil {
			return err
		}
	}
	return nil
}

func read(file string) map[string]any {
	text, err := os.ReadFile(file)
	if err != nil {
		panic(err)
	}
	var found map[string]any
	if err := yaml.Unmarshal(text, &found); err != nil {
		panic(err)
	}
	return found
}

// Helm reads values by way of JSON, where every number is a float.
func floats(value any) any {
	switch known := value.(type) {
	case map[string]any:
		for name, each := range known {
			known[name] = floats(each)
		}
	case []any:
		for index, each := range known {
			known[index] = floats(each)
		}
	case int:
		return float64(known)
	}
	return value
}

// Helm names the fields of Chart.yaml with capitals.
func title(fields map[string]any) map[string]any {
	named := map[string]any{}
	for name, value := range fields {
		named[strings.ToUpper(name[:1])+name[1:]] = value
	}
	return named
}
