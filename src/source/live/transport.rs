//! A Unix socket to a connection of ureq, through the part of ureq that is not under semantic versioning.

#[cfg(unix)]
pub(super) use unix::agent;

#[cfg(unix)]
mod unix {
    use std::io::{self, Read, Write};
    use std::os::unix::net::UnixStream;
    use std::path::{Path, PathBuf};

    use ureq::config::Config;
    use ureq::http::Uri;
    use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
    use ureq::unversioned::transport::{
        Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport,
    };
    use ureq::{Agent, Error};

    /// An agent whose every connection is one to `socket`.
    pub(in super::super) fn agent(config: Config, socket: &Path) -> Agent {
        Agent::with_parts(config, Socket(socket.to_owned()), NoNames)
    }

    /// There is no name to look up, and ureq wants an address.
    #[derive(Debug)]
    struct NoNames;

    impl Resolver for NoNames {
        fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
            let mut addresses = self.empty();
            addresses.push(([127, 0, 0, 1], 80).into());
            Ok(addresses)
        }
    }

    #[derive(Debug)]
    struct Socket(PathBuf);

    impl Connector for Socket {
        type Out = Connection;

        fn connect(&self, details: &ConnectionDetails, _: Option<()>) -> Result<Option<Connection>, Error> {
            let stream = UnixStream::connect(&self.0)?;
            let config = details.config;
            let buffers = LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size());
            Ok(Some(Connection { stream, buffers }))
        }
    }

    #[derive(Debug)]
    struct Connection {
        stream: UnixStream,
        buffers: LazyBuffers,
    }

    /// A socket says that it would block where its time is up.
    fn timed_out(error: io::Error, timeout: NextTimeout) -> Error {
        match error.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Error::Timeout(timeout.reason),
            _ => error.into(),
        }
    }

    impl Transport for Connection {
        fn buffers(&mut self) -> &mut dyn Buffers {
            &mut self.buffers
        }

        fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
            let timeout = timeout.for_write();
            self.stream.set_write_timeout(timeout.not_zero().map(|duration| *duration))?;
            let output = &self.buffers.output()[..amount];
            self.stream.write_all(output).map_err(|error| timed_out(error, timeout))
        }

        fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
            let timeout = timeout.for_read();
            self.stream.set_read_timeout(timeout.not_zero().map(|duration| *duration))?;
            let input = self.buffers.input_append_buf();
            let read = loop {
                match self.stream.read(input) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    read => break read.map_err(|error| timed_out(error, timeout))?,
                }
            };
            self.buffers.input_appended(read);
            Ok(read > 0)
        }

        fn is_open(&mut self) -> bool {
            // Connections are not used twice.
            false
        }
    }
}
