package canary

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"           //nolint:depguard // what tests look at must be read as anybody would
	"github.com/nats-io/nats.go/jetstream" //nolint:depguard // as above
)

// Streams are all messages of all streams of a NATS server, with their subjects and headers, and the streams' and
// consumers' own settings. URL may hold a login or a token.
func Streams(url string, options ...nats.Option) Place {
	return Place{"streams", func(ctx context.Context, part func(string, []byte)) error {
		conn, err := nats.Connect(url, options...)
		if err != nil {
			return err
		}
		defer conn.Close()
		js, err := jetstream.New(conn)
		if err != nil {
			return err
		}
		streams := js.ListStreams(ctx)
		for info := range streams.Info() {
			if err := readStream(ctx, js, info, part); err != nil {
				return fmt.Errorf("read stream %s: %w", info.Config.Name, err)
			}
		}
		return streams.Err()
	}}
}

func readStream(ctx context.Context, js jetstream.JetStream, info *jetstream.StreamInfo, part func(string, []byte)) error {
	stream, err := js.Stream(ctx, info.Config.Name)
	if err != nil {
		return err
	}
	part("settings of "+info.Config.Name, fmt.Appendf(nil, "%+v", info))
	consumers := stream.ListConsumers(ctx)
	for c := range consumers.Info() {
		part("consumer "+c.Name, fmt.Appendf(nil, "%+v", c))
	}
	if err := consumers.Err(); err != nil {
		return err
	}
	for sequence := max(1, info.State.FirstSeq); sequence <= info.State.LastSeq; sequence++ {
		m, err := stream.GetMsg(ctx, sequence)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		part(fmt.Sprintf("message %d", sequence), fmt.Appendf(m.Data, "\n%s\n%v", m.Subject, m.Header))
	}
	return nil
}
