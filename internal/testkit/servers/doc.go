// Package servers starts private database and Redis servers for tests and
// measurements, on Unix systems.
//
// A server listens on a free port of 127.0.0.1, keeps everything in a
// temporary folder of its own, asks for a random password where the protocol
// has one, and trades durability for speed. It never touches a server that
// the machine already runs.
//
// # How a server ends
//
// A server that is stopped leaves nothing behind. So does one whose owner was
// killed, or was a test process that simply ended: each folder has a janitor,
// a small shell that reads from a pipe held by the owner. The end of the pipe
// means the end of the owner, by whatever cause; the janitor then ends the
// server and removes the folder. Unlike Linux's parent-death signal this does
// not depend on the thread that started the server, works on every Unix, and
// needs no goroutine in the owner, so leak detectors stay quiet.
package servers
