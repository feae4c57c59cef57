package canary

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
)

// Text is what a process printed, an error or the like.
func Text(name, text string) Place {
	return Place{name, func(_ context.Context, part func(string, []byte)) error {
		part("", []byte(text))
		return nil
	}}
}

// Files are all files below a folder, their names included. A file that vanishes meanwhile is no error.
func Files(dir string) Place {
	return Place{"files of " + dir, func(_ context.Context, part func(string, []byte)) error {
		return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			switch {
			case os.IsNotExist(err) && path != dir:
				return nil
			case err != nil:
				return err
			}
			part(path+" (its name)", []byte(path))
			if !d.Type().IsRegular() {
				return nil
			}
			content, err := os.ReadFile(path) //nolint:gosec // a folder that the test names
			if os.IsNotExist(err) {
				return nil
			}
			part(path, content)
			return err
		})
	}}
}

// HTTP are the answers to requests without a login, with their headers. Base is http://host:port.
func HTTP(base string, paths ...string) Place {
	return Place{"http " + base, func(ctx context.Context, part func(string, []byte)) error {
		for _, path := range paths {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+path, nil)
			if err != nil {
				return err
			}
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				return err
			}
			body, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close() // it was read
			if err != nil {
				return err
			}
			part(path, fmt.Appendf(body, "\n%v", resp.Header))
		}
		return nil
	}}
}
