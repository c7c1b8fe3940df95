package main

import (
	"bufio"
	"net"
	"net/url"
	"sync"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

const bufferBytes = 64 * 1024

// buffered spares system calls: the MQTT client reads each packet in three or more small pieces, and writes each
// acknowledgement by itself. What is written while an earlier write is under way goes out with one call.
type buffered struct {
	net.Conn
	reader *bufio.Reader

	mutex   sync.Mutex
	pending []byte
	failed  error
	wake    chan struct{}
	closed  chan struct{}
	once    sync.Once
}

func openBuffered(address *url.URL, options mqtt.ClientOptions) (net.Conn, error) {
	connection, err := net.DialTimeout("tcp", address.Host, options.ConnectTimeout)
	if err != nil {
		return nil, err
	}
	b := &buffered{Conn: connection, reader: bufio.NewReaderSize(connection, bufferBytes),
		wake: make(chan struct{}, 1), closed: make(chan struct{})}
	go b.flushLoop()
	return b, nil
}

func (b *buffered) Read(into []byte) (int, error) { return b.reader.Read(into) }

// Write never blocks; an error is that of an earlier write. Only acknowledgements and pings come here, so that the
// bytes that may wait are bounded by what MQTT allows in flight.
func (b *buffered) Write(bytes []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.failed != nil {
		return 0, b.failed
	}
	b.pending = append(b.pending, bytes...)
	select {
	case b.wake <- struct{}{}:
	default:
	}
	return len(bytes), nil
}

func (b *buffered) Close() error {
	b.once.Do(func() { close(b.closed) })
	return b.Conn.Close()
}

func (b *buffered) flushLoop() {
	var spare []byte
	for {
		select {
		case <-b.wake:
		case <-b.closed:
			return
		}
		b.mutex.Lock()
		bytes := b.pending
		b.pending = spare[:0]
		b.mutex.Unlock()
		if _, err := b.Conn.Write(bytes); err != nil {
			b.mutex.Lock()
			b.failed = err
			b.mutex.Unlock()
			return
		}
		spare = bytes
	}
}
