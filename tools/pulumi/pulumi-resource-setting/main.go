// A Pulumi provider with one resource, `setting:index:EnvFile`: the settings of
// an app as a dotenv file. It lets the rehearsal and the tests deploy a changed
// setting by the real Pulumi engine, which reaches no cloud here: what an app
// reads is rewritten by `pulumi up`, and by nothing else.
package main

import (
	"fmt"
	"os"

	"github.com/pulumi/pulumi/pkg/v3/resource/provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

func main() {
	serve := func(*provider.HostClient) (pulumirpc.ResourceProviderServer, error) {
		return plugin.NewProviderServer(&envFileProvider{}), nil
	}
	if err := provider.Main("setting", serve); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
