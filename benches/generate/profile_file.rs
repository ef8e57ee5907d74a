//! Turns samples into a gzipped profile.proto file, message by message, as Go's profile writers do.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::iter::Sum;
use std::path::Path;

use clap::ValueEnum;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::build::Build;
use crate::program::Program;
use crate::strings::StringTable;
use crate::wire::Message;

/// CPU time that one event stands for: 100 Hz, Go's default rate.
pub(crate) const PERIOD_NANOS: u64 = 10_000_000;
/// The id of the one mapping.
const MAPPING: u64 = 1;

/// The order of messages in the file.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub(crate) enum Layout {
    /// Samples, then mappings, locations, functions, strings and the header, as `go tool pprof -proto` writes.
    TablesLast,
    /// The header, then each location and function right before the first sample that needs it, as Go's runtime
    /// writes; mappings and strings at the end.
    Runtime,
}

/// The labels of one sample.
#[derive(Clone, Copy, Default)]
pub(crate) struct Labels {
    pub(crate) route: Option<&'static str>,
    pub(crate) tenant: Option<&'static str>,
}

/// What a finished file holds.
#[derive(Clone, Copy, Default)]
pub(crate) struct Written {
    pub(crate) gzip_bytes: u64,
    pub(crate) raw_bytes: u64,
    pub(crate) samples: u64,
    pub(crate) events: u64,
    /// Frames of all samples, inlined ones included.
    pub(crate) frames: u64,
    pub(crate) locations: u64,
    pub(crate) functions: u64,
}

impl Sum for Written {
    fn sum<I: Iterator<Item = Self>>(files: I) -> Self {
        files.fold(Self::default(), |total, file| Self {
            gzip_bytes: total.gzip_bytes + file.gzip_bytes,
            raw_bytes: total.raw_bytes + file.raw_bytes,
            samples: total.samples + file.samples,
            events: total.events + file.events,
            frames: total.frames + file.frames,
            locations: total.locations + file.locations,
            functions: total.functions + file.functions,
        })
    }
}

/// A profile being written.
pub(crate) struct ProfileFile<'a> {
    program: &'a Program,
    build: &'a Build,
    layout: Layout,
    duration_nanos: u64,
    out: BufWriter<GzEncoder<File>>,
    written: Written,
    strings: StringTable<'a>,
    locations: Ids,
    functions: Ids,
    /// Finished messages not yet compressed, the message being encoded, and its innermost part.
    pending: Message,
    message: Message,
    part: Message,
}

impl<'a> ProfileFile<'a> {
    /// Opens the file and writes what stands before the samples.
    pub(crate) fn create(
        path: &Path,
        program: &'a Program,
        build: &'a Build,
        layout: Layout,
        duration_nanos: u64,
    ) -> io::Result<Self> {
        let gzip = GzEncoder::new(File::create(path)?, Compression::fast());
        let mut file = Self {
            program,
            build,
            layout,
            duration_nanos,
            out: BufWriter::with_capacity(1 << 16, gzip),
            written: Written::default(),
            strings: StringTable::new(),
            locations: Ids::new(program.sites.len()),
            functions: Ids::new(program.functions.len()),
            pending: Message::default(),
            message: Message::default(),
            part: Message::default(),
        };
        file.value_type(1, "samples", "count");
        file.value_type(1, "cpu", "nanoseconds");
        if layout == Layout::Runtime {
            file.header();
        }
        file.flush()?;
        Ok(file)
    }

    /// Writes one sample: the stack, leaf first, as sites of the program.
    pub(crate) fn sample(&mut self, stack: &[u32], events: u64, labels: Labels) -> io::Result<()> {
        let program = self.program;
        for &site in stack {
            self.written.frames += program.sites[site as usize].lines.len() as u64;
            self.meet(site);
        }
        let ids = stack.iter().map(|&site| self.locations.id(site));
        let values = [events, events * PERIOD_NANOS].into_iter();
        if self.layout == Layout::Runtime {
            self.message.uints(2, values);
            self.message.uints(1, ids);
        } else {
            self.message.uints(1, ids);
            self.message.uints(2, values);
        }
        for (key, value) in [("route", labels.route), ("tenant", labels.tenant)] {
            if let Some(value) = value {
                self.part.uint(1, self.strings.index(key));
                self.part.uint(2, self.strings.index(value));
                self.message.embed(3, &mut self.part);
            }
        }
        self.pending.embed(2, &mut self.message);
        self.written.samples += 1;
        self.written.events += events;
        self.flush()
    }

    /// Writes what stands after the samples, and closes the file.
    pub(crate) fn finish(mut self) -> io::Result<Written> {
        let (program, build) = (self.program, self.build);
        self.message.uint(1, MAPPING);
        self.message.uint(2, program.text.start);
        self.message.uint(3, program.text.end + build.moved.1);
        self.message.uint(5, self.strings.index("/usr/local/bin/harbor"));
        self.message.uint(6, self.strings.index(build.id));
        self.message.uint(7, 1);
        self.pending.embed(3, &mut self.message);
        if self.layout == Layout::TablesLast {
            for index in 0..self.locations.met.len() {
                self.location(self.locations.met[index]);
            }
            for index in 0..self.functions.met.len() {
                self.function(self.functions.met[index]);
            }
        }
        for text in self.strings.iter() {
            self.pending.bytes(6, text.as_bytes());
        }
        if self.layout == Layout::TablesLast {
            self.header();
        }
        self.flush()?;
        let gzip = self.out.into_inner().map_err(io::IntoInnerError::into_error)?;
        self.written.gzip_bytes = gzip.finish()?.metadata()?.len();
        self.written.locations = self.locations.met.len() as u64;
        self.written.functions = self.functions.met.len() as u64;
        Ok(self.written)
    }

    /// Gives a site and the functions on its lines their ids.
    fn meet(&mut self, site: u32) {
        if !self.locations.meet(site) {
            return;
        }
        let program = self.program;
        let known = self.functions.met.len();
        for &(function, _) in &program.sites[site as usize].lines {
            self.functions.meet(function);
        }
        if self.layout == Layout::Runtime {
            self.location(site);
            for index in known..self.functions.met.len() {
                self.function(self.functions.met[index]);
            }
        }
    }

    fn location(&mut self, site: u32) {
        let program = self.program;
        let place = &program.sites[site as usize];
        let (from, distance) = self.build.moved;
        let shift = if place.address >= from { distance } else { 0 };
        self.message.uint(1, self.locations.id(site));
        self.message.uint(2, MAPPING);
        self.message.uint(3, place.address + shift);
        for &(function, line) in &place.lines {
            self.part.uint(1, self.functions.id(function));
            self.part.uint(2, line.into());
            self.message.embed(4, &mut self.part);
        }
        self.pending.embed(4, &mut self.message);
    }

    fn function(&mut self, index: u32) {
        let (program, build) = (self.program, self.build);
        let function = &program.functions[index as usize];
        let name = match &build.renamed {
            Some((renamed, name)) if *renamed == index => name,
            _ => &function.name,
        };
        let name = self.strings.index(name);
        self.message.uint(1, self.functions.id(index));
        self.message.uint(2, name);
        self.message.uint(3, name);
        self.message.uint(4, self.strings.index(&function.file));
        self.message.uint(5, function.start_line.into());
        self.pending.embed(5, &mut self.message);
    }

    fn value_type(&mut self, field: u32, kind: &'static str, unit: &'static str) {
        self.message.uint(1, self.strings.index(kind));
        self.message.uint(2, self.strings.index(unit));
        self.pending.embed(field, &mut self.message);
    }

    fn header(&mut self) {
        self.pending.uint(9, self.build.recorded_nanos);
        self.pending.uint(10, self.duration_nanos);
        self.value_type(11, "cpu", "nanoseconds");
        self.pending.uint(12, PERIOD_NANOS);
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(&self.pending.bytes)?;
        self.written.raw_bytes += self.pending.bytes.len() as u64;
        self.pending.bytes.clear();
        Ok(())
    }
}

/// The ids of one table: 1, 2, 3 … in the order in which the entries are met.
struct Ids {
    ids: Vec<u64>,
    met: Vec<u32>,
}

impl Ids {
    fn new(entries: usize) -> Self {
        Self { ids: vec![0; entries], met: Vec::new() }
    }

    /// Gives the entry an id; false when it has one.
    fn meet(&mut self, entry: u32) -> bool {
        let id = &mut self.ids[entry as usize];
        if *id != 0 {
            return false;
        }
        self.met.push(entry);
        *id = self.met.len() as u64;
        true
    }

    /// The id of an entry that was met.
    fn id(&self, entry: u32) -> u64 {
        self.ids[entry as usize]
    }
}
