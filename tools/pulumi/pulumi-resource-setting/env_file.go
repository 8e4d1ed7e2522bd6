package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

//go:embed schema.json
var schema []byte

// envFileProvider keeps `setting:index:EnvFile`. The resource's id is its path.
// Values stay secret in what it returns where they were secret in what it got.
type envFileProvider struct {
	plugin.UnimplementedProvider
}

func (*envFileProvider) Pkg() tokens.Package { return "setting" }

func (*envFileProvider) Close() error { return nil }

func (*envFileProvider) SignalCancellation(context.Context) error { return nil }

func (*envFileProvider) GetPluginInfo(context.Context) (plugin.PluginInfo, error) {
	return plugin.PluginInfo{Version: &semver.Version{Minor: 1}}, nil
}

func (*envFileProvider) GetSchema(context.Context, plugin.GetSchemaRequest) (plugin.GetSchemaResponse, error) {
	return plugin.GetSchemaResponse{Schema: schema}, nil
}

func (*envFileProvider) CheckConfig(
	_ context.Context, request plugin.CheckConfigRequest,
) (plugin.CheckConfigResponse, error) {
	return plugin.CheckConfigResponse{Properties: request.News}, nil
}

func (*envFileProvider) DiffConfig(context.Context, plugin.DiffConfigRequest) (plugin.DiffConfigResponse, error) {
	return plugin.DiffResult{Changes: plugin.DiffNone}, nil
}

func (*envFileProvider) Configure(context.Context, plugin.ConfigureRequest) (plugin.ConfigureResponse, error) {
	return plugin.ConfigureResponse{}, nil
}

func (*envFileProvider) Check(_ context.Context, request plugin.CheckRequest) (plugin.CheckResponse, error) {
	response := plugin.CheckResponse{Properties: request.News}
	refuse := func(property, reason string) {
		response.Failures = append(response.Failures,
			plugin.CheckFailure{Property: resource.PropertyKey(property), Reason: reason})
	}
	if path := bare(request.News["path"]); !path.IsComputed() && !path.IsOutput() {
		if !path.IsString() || !filepath.IsAbs(path.StringValue()) {
			refuse("path", "the file's absolute path is needed")
		}
	}
	variables := bare(request.News["variables"])
	if variables.IsComputed() || variables.IsOutput() {
		return response, nil
	}
	if !variables.IsObject() {
		refuse("variables", "a map of names to text is needed")
		return response, nil
	}
	for name, value := range variables.ObjectValue() {
		value = bare(value)
		if value.IsComputed() || value.IsOutput() {
			continue
		}
		if !value.IsString() {
			refuse("variables", fmt.Sprintf("%s is no text", name))
		} else if reason := unwritable(string(name), value.StringValue()); reason != "" {
			refuse("variables", fmt.Sprintf("%s: %s", name, reason))
		}
	}
	return response, nil
}

func (*envFileProvider) Diff(_ context.Context, request plugin.DiffRequest) (plugin.DiffResult, error) {
	diff := request.OldInputs.Diff(request.NewInputs)
	if diff == nil {
		return plugin.DiffResult{Changes: plugin.DiffNone}, nil
	}
	result := plugin.DiffResult{
		Changes:      plugin.DiffSome,
		ChangedKeys:  diff.ChangedKeys(),
		DetailedDiff: plugin.NewDetailedDiffFromObjectDiff(diff, true),
	}
	if diff.Changed("path") {
		result.ReplaceKeys = []resource.PropertyKey{"path"}
		result.DetailedDiff["path"] = plugin.PropertyDiff{Kind: plugin.DiffUpdateReplace, InputDiff: true}
	}
	return result, nil
}

func (*envFileProvider) Create(_ context.Context, request plugin.CreateRequest) (plugin.CreateResponse, error) {
	if request.Preview {
		return plugin.CreateResponse{Properties: request.Properties, Status: resource.StatusOK}, nil
	}
	path, err := write(request.Properties)
	if err != nil {
		return plugin.CreateResponse{}, err
	}
	return plugin.CreateResponse{
		ID: resource.ID(path), Properties: request.Properties, Status: resource.StatusOK,
	}, nil
}

func (*envFileProvider) Update(_ context.Context, request plugin.UpdateRequest) (plugin.UpdateResponse, error) {
	if !request.Preview {
		if _, err := write(request.NewInputs); err != nil {
			return plugin.UpdateResponse{}, err
		}
	}
	return plugin.UpdateResponse{Properties: request.NewInputs, Status: resource.StatusOK}, nil
}

func (*envFileProvider) Delete(_ context.Context, request plugin.DeleteRequest) (plugin.DeleteResponse, error) {
	if err := os.Remove(string(request.ID)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return plugin.DeleteResponse{Status: resource.StatusUnknown}, err
	}
	return plugin.DeleteResponse{Status: resource.StatusOK}, nil
}

// Read is what `pulumi refresh` and `pulumi import` ask: what the file holds now.
func (*envFileProvider) Read(_ context.Context, request plugin.ReadRequest) (plugin.ReadResponse, error) {
	path := string(request.ID)
	found, there, err := readDotenv(path)
	if err != nil || !there {
		return plugin.ReadResponse{Status: resource.StatusOK}, err
	}
	variables := resource.PropertyMap{}
	for name, value := range found {
		// Whoever reads a file cannot know what in it is secret; all of it may be.
		variables[resource.PropertyKey(name)] = resource.MakeSecret(resource.NewProperty(value))
	}
	properties := resource.PropertyMap{
		"path":      resource.NewProperty(path),
		"variables": resource.NewProperty(variables),
	}
	return plugin.ReadResponse{
		ReadResult: plugin.ReadResult{ID: request.ID, Inputs: properties, Outputs: properties},
		Status:     resource.StatusOK,
	}, nil
}

func write(properties resource.PropertyMap) (string, error) {
	path := bare(properties["path"]).StringValue()
	variables := map[string]string{}
	for name, value := range bare(properties["variables"]).ObjectValue() {
		variables[string(name)] = bare(value).StringValue()
	}
	return path, writeWhole(path, dotenv(variables))
}

// bare is the value under the mark that says it is secret.
func bare(value resource.PropertyValue) resource.PropertyValue {
	for value.IsSecret() {
		value = value.SecretValue().Element
	}
	return value
}
