// Command serve does the search engine's work without end and serves its profiles.
//
// It prints one line for each listener, such as "http 127.0.0.1:41234", "https 127.0.0.1:41235" or
// "unix /path/to/socket", and a line "ready" when all of them accept connections.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/http/pprof"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"example.com/workload/certificates"
	"example.com/workload/effort"
	"example.com/workload/engine"
)

type options struct {
	tcp, tls, unix      string
	cert, key, clientCA string
	workers             int
	extras              engine.Extras
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "serve:", err)
		os.Exit(1)
	}
}

func run() error {
	var o options
	flag.StringVar(&o.tcp, "tcp", "", "serve plain HTTP on this `address`; port 0 takes a free one")
	flag.StringVar(&o.tls, "tls", "", "serve HTTPS on this `address`")
	flag.StringVar(&o.unix, "unix", "", "serve plain HTTP on a Unix socket at this `path`")
	flag.StringVar(&o.cert, "cert", "", "the HTTPS server's certificate, a PEM `file`")
	flag.StringVar(&o.key, "key", "", "the certificate's key, a PEM `file`")
	flag.StringVar(&o.clientCA, "client-ca", "", "ask for client certificates signed by this CA, a PEM `file`")
	flag.IntVar(&o.workers, "workers", 1, "number of goroutines that work")
	limit := flag.Duration("for", 10*time.Minute, "end after this time, so that a forgotten server goes away")
	directory := flag.String("make-certificates", "", "write ca, server and client certificates into this `directory`, and end")
	flag.Func("extra", "`name=percent` more work in score, checksum or take", func(s string) error {
		return effort.Parse(s, o.extras.Knobs())
	})
	flag.Parse()
	if *directory != "" {
		return certificates.Write(*directory)
	}
	if o.tcp == "" && o.tls == "" && o.unix == "" {
		return errors.New("nothing to serve: give -tcp, -tls or -unix")
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, *limit)
	defer cancel()

	runtime.SetBlockProfileRate(int(10 * time.Microsecond))
	runtime.SetMutexProfileFraction(5)
	if err := o.serve(ctx); err != nil {
		return err
	}
	err := engine.Run(ctx, o.workers, math.MaxInt, o.extras)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// serve starts all listeners; they end with ctx.
func (o *options) serve(ctx context.Context) error {
	server := &http.Server{Handler: handler(), ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() { server.Close() })
	for _, front := range []struct {
		scheme, address string
		listen          func(address string) (net.Listener, error)
	}{
		{"http", o.tcp, func(address string) (net.Listener, error) { return net.Listen("tcp", address) }},
		{"https", o.tls, o.listenTLS},
		{"unix", o.unix, func(path string) (net.Listener, error) { return net.Listen("unix", path) }},
	} {
		if front.address == "" {
			continue
		}
		listener, err := front.listen(front.address)
		if err != nil {
			return err
		}
		go server.Serve(listener)
		fmt.Println(front.scheme, listener.Addr())
	}
	fmt.Println("ready")
	return nil
}

func (o *options) listenTLS(address string) (net.Listener, error) {
	config, err := o.tlsConfig()
	if err != nil {
		return nil, err
	}
	return tls.Listen("tcp", address, config)
}

func (o *options) tlsConfig() (*tls.Config, error) {
	certificate, err := tls.LoadX509KeyPair(o.cert, o.key)
	if err != nil {
		return nil, err
	}
	config := &tls.Config{Certificates: []tls.Certificate{certificate}}
	if o.clientCA != "" {
		ca, err := os.ReadFile(o.clientCA)
		if err != nil {
			return nil, err
		}
		config.ClientAuth = tls.RequireAndVerifyClientCert
		config.ClientCAs = x509.NewCertPool()
		if !config.ClientCAs.AppendCertsFromPEM(ca) {
			return nil, fmt.Errorf("%s holds no certificate", o.clientCA)
		}
	}
	return config, nil
}

func handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return mux
}
