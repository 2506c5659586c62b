package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// diskBytes is the disk of a folder: some times what idle state takes.
const diskBytes = 256 << 20

// state is the folder of transform's state, brokerData that of the embedded broker.
func (i *installation) state() string      { return filepath.Join(i.pipe.Dir, "state") }
func (i *installation) brokerData() string { return filepath.Join(i.pipe.Dir, "kafka") }

// postgresData is the folder of the private server.
func (i *installation) postgresData() string { return filepath.Join(i.dir, "servers", "postgres") }

// mountDisk gives a folder a disk of its own; that needs root.
func mountDisk(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d,mode=0700", diskBytes)); err != nil {
		return fmt.Errorf("mount a small disk (as root): %w", err)
	}
	return nil
}

func unmountDisk(dir string) { _ = syscall.Unmount(dir, syscall.MNT_DETACH) }

// movePostgres moves the data of the private server to a disk of its own.
func (i *installation) movePostgres(ctx context.Context) error {
	data := i.postgresData()
	i.servers.Postgres.Stop()
	if err := os.Rename(data, data+".before"); err != nil {
		return err
	}
	if err := mountDisk(data); err != nil {
		return err
	}
	if out, err := exec.CommandContext(ctx, "cp", "-a", data+".before/.", data).CombinedOutput(); err != nil {
		return fmt.Errorf("move the data of Postgres: %w: %s", err, out)
	}
	return i.servers.Postgres.Start(ctx)
}

// roomForPostgres makes room and starts the server anew: it may have ended meanwhile.
func roomForPostgres(ctx context.Context, i *installation) error {
	if err := freeDisk(i.postgresData()); err != nil {
		return err
	}
	i.servers.Postgres.Kill()
	return i.servers.Postgres.Start(ctx)
}

func ballast(dir string) string { return filepath.Join(dir, "ballast") }

// fillDisk writes until the disk takes no more.
func fillDisk(dir string) error {
	f, err := os.Create(ballast(dir))
	if err != nil {
		return err
	}
	defer f.Close()
	block := make([]byte, 1<<12)
	for err == nil {
		_, err = f.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		return err
	}
	return nil
}

func freeDisk(dir string) error { return os.Remove(ballast(dir)) }
