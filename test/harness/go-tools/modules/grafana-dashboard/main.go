// Reads a dashboard from standard input, and ends with 1 when it has a field or a value that Grafana's schema does not know.
package main

import (
	"fmt"
	"io"
	"os"

	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

func main() {
	plugins.RegisterDefaultPlugins()
	raw, err := io.ReadAll(os.Stdin)
	if err != nil {
		fail(err)
	}
	var found dashboard.Dashboard
	for _, err := range []error{found.UnmarshalJSONStrict(raw), found.Validate()} {
		// Without a problem, the first one is a list of none, and not nil.
		if err != nil && err.Error() != "" {
			fail(err)
		}
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
