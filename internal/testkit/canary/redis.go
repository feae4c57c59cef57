package canary

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/klauspost/compress/zstd"
	"github.com/redis/go-redis/v9"
)

// Redis is all that a Redis server holds: its keys and their values, a snapshot taken now and the files in
// its folder (its append-only file among them), its clients and its slow commands. Compression is switched off for the snapshot;
// values that are compressed by their writer are unpacked. Dir may be "" for a server whose folder cannot be read.
func Redis(addr, username, password, dir string) Place {
	return Place{"redis " + addr, func(ctx context.Context, part func(string, []byte)) (err error) {
		client := redis.NewClient(&redis.Options{Addr: addr, Username: username, Password: password})
		defer func() { err = errors.Join(err, client.Close()) }()
		if err := client.ConfigSet(ctx, "rdbcompression", "no").Err(); err != nil {
			return fmt.Errorf("switch compression off: %w", err)
		}
		if err := redisKeys(ctx, client, part); err != nil {
			return err
		}
		for _, command := range [][]any{{"client", "list"}, {"slowlog", "get", "-1"}, {"info", "everything"}} {
			answer, err := client.Do(ctx, command...).Result()
			if err != nil {
				return fmt.Errorf("%v: %w", command, err)
			}
			part(fmt.Sprint(command), fmt.Append(nil, answer))
		}
		if dir == "" {
			return nil
		}
		if err := client.Save(ctx).Err(); err != nil {
			return fmt.Errorf("save a snapshot: %w", err)
		}
		return redisFiles(ctx, dir, part)
	}}
}

// redisFiles reads the server's folder, in which there must be a snapshot now.
func redisFiles(ctx context.Context, dir string, part func(string, []byte)) error {
	if snapshots, err := filepath.Glob(filepath.Join(dir, "*.rdb")); err != nil || len(snapshots) == 0 {
		return fmt.Errorf("no snapshot: %w", errors.Join(err, fs.ErrNotExist))
	}
	return Files(dir).Read(ctx, part)
}

// redisKeys reads all keys with the server's own form of their values.
func redisKeys(ctx context.Context, client *redis.Client, part func(string, []byte)) error {
	keys := client.Scan(ctx, 0, "*", 1000).Iterator()
	for keys.Next(ctx) {
		key := keys.Val()
		value, err := client.Dump(ctx, key).Result()
		if errors.Is(err, redis.Nil) {
			continue // it has expired
		}
		if err != nil {
			return fmt.Errorf("dump %s: %w", key, err)
		}
		part("key "+key, []byte(key+"\n"+value))
		if text, err := client.Get(ctx, key).Bytes(); err == nil {
			part("key "+key+" unpacked", unpacked(text))
		}
	}
	return keys.Err()
}

var zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}

// unpacked gives what a compressed value holds, and any other as it is.
func unpacked(value []byte) []byte {
	if !bytes.HasPrefix(value, zstdMagic) {
		return value
	}
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return value
	}
	defer decoder.Close()
	if plain, err := decoder.DecodeAll(value, nil); err == nil {
		return plain
	}
	return value
}
