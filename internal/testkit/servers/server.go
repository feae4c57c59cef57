package servers

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"
)

// startTimeout bounds one start, the making of the data folder included. On a
// busy machine with two cores it takes up to 10 s.
const startTimeout = 90 * time.Second

// userName is the superuser of every server that this package starts.
const userName = "semsync"

// Server is a running private database server.
type Server struct {
	// DSN leads to the server as its superuser, in the form that the engine's
	// usual Go driver takes. It holds the password.
	DSN string

	home    *folder
	process *process
	quit    syscall.Signal
}

// engine is what differs between one database system and another.
type engine struct {
	name    string
	account string         // user to run as when we are root
	quit    syscall.Signal // asks the server to end at once, data may be lost
	prepare func(ctx context.Context, home *folder, owner *account) error
	command func(home *folder, port int) (path string, arguments []string)
	dsn     func(port int) string
	ping    func(ctx context.Context, dsn string) error
}

// start makes a folder, fills it and runs the server until it answers. Between
// finding a free port and using it someone else may take it: three ports are
// tried.
func start(ctx context.Context, e engine) (*Server, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	owner, err := serverAccount(e.account)
	if err != nil {
		return nil, err
	}
	home, err := newFolder(ctx, e.name, owner)
	if err != nil {
		return nil, err
	}
	err = e.prepare(ctx, home, owner)
	for try := 0; try < 3 && err == nil; try++ {
		var server *Server
		if server, err = run(ctx, e, home, owner); err == nil {
			return server, nil
		}
		if errors.Is(err, errExited) && try < 2 {
			err = nil
		}
	}
	return nil, errors.Join(fmt.Errorf("start a private %s: %w", e.name, err), home.remove())
}

func run(ctx context.Context, e engine, home *folder, owner *account) (*Server, error) {
	port, err := FreePort(ctx)
	if err != nil {
		return nil, err
	}
	path, arguments := e.command(home, port)
	running, err := launch(ctx, program{path: path, arguments: arguments, owner: owner, quit: e.quit}, home)
	if err != nil {
		return nil, err
	}
	dsn := e.dsn(port)
	if err := running.ready(ctx, func(ctx context.Context) error { return e.ping(ctx, dsn) }); err != nil {
		return nil, errors.Join(err, running.stop(syscall.SIGKILL))
	}
	return &Server{DSN: dsn, home: home, process: running, quit: e.quit}, nil
}

// Stop ends the server and removes its folder. Call it once.
func (s *Server) Stop() error {
	if err := s.process.stop(s.quit); err != nil {
		return err
	}
	return s.home.remove()
}
