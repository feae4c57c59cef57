package servers

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Redis is a private redis-server process that can be killed, frozen and
// started again. It is safe for concurrent use.
type Redis struct {
	Addr string // host:port
	Dir  string // holds the append-only file and the snapshots, if any

	path  string
	flags []string
	home  *folder

	mu      sync.Mutex
	process *process // guarded by mu
}

// StartRedis starts a private redis-server and returns when it answers. It
// keeps nothing on disk unless the flags say so; they have the form of the
// command line ("--appendonly", "yes") and come after the defaults.
func StartRedis(ctx context.Context, flags ...string) (*Redis, error) {
	path, err := FindRedis()
	if err != nil {
		return nil, err
	}
	home, err := newFolder(ctx, "redis", nil)
	if err != nil {
		return nil, err
	}
	for range 3 { // a free port may be taken before it is used
		var port int
		if port, err = FreePort(ctx); err != nil {
			break
		}
		server := &Redis{Addr: loopback(port), Dir: home.path, path: path, flags: flags, home: home}
		if err = server.Start(ctx); err == nil {
			return server, nil
		}
		if !errors.Is(err, errExited) {
			break
		}
	}
	return nil, errors.Join(err, home.remove())
}

// Start starts the server, on its old port and folder if it ran before, and
// returns when it answers.
func (r *Redis) Start(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.process != nil && !r.process.exited() {
		return errors.New("start redis: it runs already")
	}
	_, port, err := net.SplitHostPort(r.Addr)
	if err != nil {
		return fmt.Errorf("start redis: %w", err)
	}
	arguments := append([]string{
		"--port", port, "--bind", "127.0.0.1", "--dir", r.Dir, "--daemonize", "no", "--save", "", "--appendonly", "no",
	}, r.flags...)
	running, err := launch(ctx, program{path: r.path, arguments: arguments, quit: syscall.SIGKILL}, r.home)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if err := running.ready(ctx, func(ctx context.Context) error { return r.answers(ctx, running.pid) }); err != nil {
		return errors.Join(fmt.Errorf("start redis: %w", err), running.stop(syscall.SIGKILL))
	}
	r.process = running
	return nil
}

// answers checks that the process with the id is the one that serves the
// port, and has loaded its data.
func (r *Redis) answers(ctx context.Context, pid int) error {
	info, err := r.Do(ctx, "INFO server")
	if err != nil {
		return err
	}
	if !strings.Contains(info, "\nprocess_id:"+strconv.Itoa(pid)+"\r\n") {
		return fmt.Errorf("another server answers on %s", r.Addr)
	}
	_, err = r.Do(ctx, "PING")
	return err
}

// Pause freezes the server (SIGSTOP) and returns when it stands still.
func (r *Redis) Pause() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.process.freeze(); err != nil {
		return fmt.Errorf("pause redis: %w", err)
	}
	return nil
}

// Resume wakes a frozen server (SIGCONT).
func (r *Redis) Resume() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.process.thaw(); err != nil {
		return fmt.Errorf("resume redis: %w", err)
	}
	return nil
}

// Kill ends the server with SIGKILL, and returns when it is gone. Killing a
// dead server does nothing.
func (r *Redis) Kill() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.process.stop(syscall.SIGKILL)
}

// Stop ends the server and removes its folder. Call it once.
func (r *Redis) Stop() error {
	if err := r.Kill(); err != nil {
		return err
	}
	return r.home.remove()
}

// Do sends one command of plain words, after the password if the flags have one, over a connection of its own, and
// gives the reply's text. It is for tests that want to look at the server or
// harm it without a client in between.
func (r *Redis) Do(ctx context.Context, command string) (string, error) {
	connection, err := new(net.Dialer).DialContext(ctx, "tcp", r.Addr)
	if err != nil {
		return "", err
	}
	defer connection.Close() //nolint:errcheck // the reply has been read or has failed
	deadline, bounded := ctx.Deadline()
	if !bounded {
		deadline = time.Now().Add(startTimeout)
	}
	if err := connection.SetDeadline(deadline); err != nil {
		return "", err
	}
	reader := bufio.NewReader(connection)
	if i := slices.Index(r.flags, "--requirepass"); i >= 0 {
		command = "AUTH " + r.flags[i+1] + "\r\n" + command
	}
	if _, err := io.WriteString(connection, command+"\r\n"); err != nil {
		return "", err
	}
	if strings.HasPrefix(command, "AUTH ") {
		if _, err := readReply(reader); err != nil {
			return "", err
		}
	}
	return readReply(reader)
}

// readReply reads a status, a number, an error or one string of the protocol.
func readReply(reader *bufio.Reader) (string, error) {
	line, err := reader.ReadString('\n')
	if err != nil {
		return "", err
	}
	kind, text := line[0], strings.TrimRight(line[1:], "\r\n")
	switch kind {
	case '+', ':':
		return text, nil
	case '-':
		return "", fmt.Errorf("redis says: %s", text)
	case '$':
		size, err := strconv.Atoi(text)
		if err != nil || size < 0 {
			return "", err
		}
		body := make([]byte, size)
		_, err = io.ReadFull(reader, body)
		return string(body), err
	default:
		return "", fmt.Errorf("redis sent a reply of kind %q, which is not read here", kind)
	}
}
