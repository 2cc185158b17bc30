package testkit

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"
)

// Cutter stands between a store and its MySQL server and breaks the connection at a COMMIT, when it is told
// to: the one moment in which nobody knows whether what was asked for has happened.
type Cutter struct {
	server string
	next   atomic.Int32 // what becomes of the next COMMIT
	cut    atomic.Int64
	mu     sync.Mutex
	open   map[net.Conn]bool
}

const (
	letThrough int32 = iota
	cutBefore
	cutAfter
)

// Cut makes a place on MySQL whose connections lead through a cutter. It skips the test where there is no
// MySQL server.
func Cut(t *testing.T) (Place, *Cutter) {
	t.Helper()
	if !HasMySQL() {
		t.Skip("no MySQL server is at hand")
	}
	p := mysqlPlace(t)
	to, err := mysql.ParseDSN(p.DSN)
	require.NoError(t, err)
	front, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	c := &Cutter{server: to.Addr, open: map[net.Conn]bool{}}
	t.Cleanup(func() { _ = front.Close(); c.closeAll() })
	go c.serve(front)
	to.Addr = front.Addr().String()
	p.DSN = to.FormatDSN()
	return p, c
}

// Before breaks the connection before the next COMMIT reaches the server: nothing has happened.
func (c *Cutter) Before() { c.next.Store(cutBefore) }

// After breaks the connection when the next COMMIT has been answered, and keeps the answer: it has happened.
func (c *Cutter) After() { c.next.Store(cutAfter) }

// Cuts is how many COMMITs were cut.
func (c *Cutter) Cuts() int64 { return c.cut.Load() }

func (c *Cutter) serve(front net.Listener) {
	for {
		client, err := front.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", c.server)
		if err != nil {
			_ = client.Close()
			continue
		}
		c.keep(client, server)
		go c.pass(client, server)
	}
}

func (c *Cutter) keep(conns ...net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range conns {
		c.open[n] = true
	}
}

func (c *Cutter) drop(conns ...net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range conns {
		_ = n.Close()
		delete(c.open, n)
	}
}

func (c *Cutter) closeAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for n := range c.open {
		_ = n.Close()
	}
}

// pass hands packets on, the client's one by one, until one side is gone or the cut falls.
func (c *Cutter) pass(client, server net.Conn) {
	defer c.drop(client, server)
	var swallow atomic.Bool
	go func() {
		defer c.drop(client, server)
		answer := make([]byte, 32<<10)
		for {
			n, err := server.Read(answer)
			if n > 0 && swallow.Load() {
				return
			}
			if _, sent := client.Write(answer[:n]); err != nil || sent != nil {
				return
			}
		}
	}()
	for {
		packet, err := readPacket(client)
		if err != nil {
			return
		}
		if isCommit(packet) {
			switch c.next.Swap(letThrough) {
			case cutBefore:
				c.cut.Add(1)
				return
			case cutAfter:
				c.cut.Add(1)
				swallow.Store(true)
			}
		}
		if _, err := server.Write(packet); err != nil {
			return
		}
	}
}

// readPacket reads one packet of the protocol: three bytes of length, one of sequence, the payload.
func readPacket(from io.Reader) ([]byte, error) {
	head := make([]byte, 4)
	if _, err := io.ReadFull(from, head); err != nil {
		return nil, err
	}
	size := binary.LittleEndian.Uint32([]byte{head[0], head[1], head[2], 0})
	packet := make([]byte, 4+size)
	copy(packet, head)
	_, err := io.ReadFull(from, packet[4:])
	return packet, err
}

// isCommit tells whether a packet is the query COMMIT (command 3).
func isCommit(packet []byte) bool {
	return len(packet) > 5 && packet[4] == 3 && strings.EqualFold(string(bytes.TrimSpace(packet[5:])), "COMMIT")
}
