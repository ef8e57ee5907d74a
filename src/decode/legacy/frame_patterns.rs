//! The sample types of a legacy profile to the frames that pprof leaves out of it.
//!
//! These profiles were recorded from inside the allocator, the lock or the signal handler, whose frames say
//! nothing. The patterns are part of what pprof writes into a converted profile, so they are pprof's word by word.

use crate::error::Result;
use crate::profile::Profile;

const HEAP_TYPES: [&[&[u8]]; 5] = [
    &[b"allocations", b"size"],
    &[b"objects", b"space"],
    &[b"inuse_objects", b"inuse_space"],
    &[b"alloc_objects", b"alloc_space"],
    &[b"alloc_objects", b"alloc_space", b"inuse_objects", b"inuse_space"],
];

const CONTENTION_TYPES: &[&[u8]] = &[b"contentions", b"delay"];

/// Entry points of the allocators of POSIX, tcmalloc, macOS, Go, C++ and others.
const ALLOCATOR: [&str; 49] = [
    "calloc",
    "cfree",
    "malloc",
    "free",
    "memalign",
    "do_memalign",
    "(__)?posix_memalign",
    "pvalloc",
    "valloc",
    "realloc",
    "tcmalloc::.*",
    "tc_calloc",
    "tc_cfree",
    "tc_malloc",
    "tc_free",
    "tc_memalign",
    "tc_posix_memalign",
    "tc_pvalloc",
    "tc_valloc",
    "tc_realloc",
    "tc_new",
    "tc_delete",
    "tc_newarray",
    "tc_deletearray",
    "tc_new_nothrow",
    "tc_newarray_nothrow",
    "malloc_zone_malloc",
    "malloc_zone_calloc",
    "malloc_zone_valloc",
    "malloc_zone_realloc",
    "malloc_zone_memalign",
    "malloc_zone_free",
    r"runtime\..*",
    "BaseArena::.*",
    "(::)?do_malloc_no_errno",
    "(::)?do_malloc_pages",
    "(::)?do_malloc",
    "DoSampledAllocation",
    "MallocedMemBlock::MallocedMemBlock",
    "_M_allocate",
    "__builtin_(vec_)?delete",
    "__builtin_(vec_)?new",
    "__gnu_cxx::new_allocator::allocate",
    "__libc_malloc",
    "__malloc_alloc_template::allocate",
    "allocate",
    "cpp_alloc",
    r"operator new(\[\])?",
    "simple_alloc::allocate",
];

/// Frames of Go's runtime that call the program's code.
const NOT_ALLOCATOR: [&str; 3] = [r"runtime\.panic", r"runtime\.reflectcall", r"runtime\.call[0-9]*"];

/// Frames of locks and of their profilers.
const LOCK: [&str; 17] = [
    "RecordLockProfileData",
    "(base::)?RecordLockProfileData.*",
    "(base::)?SubmitMutexProfileData.*",
    "(base::)?SubmitSpinLockProfileData.*",
    "(base::Mutex::)?AwaitCommon.*",
    "(base::Mutex::)?Unlock.*",
    "(base::Mutex::)?UnlockSlow.*",
    "(base::Mutex::)?ReaderUnlock.*",
    "(base::MutexLock::)?~MutexLock.*",
    "(Mutex::)?AwaitCommon.*",
    "(Mutex::)?Unlock.*",
    "(Mutex::)?UnlockSlow.*",
    "(Mutex::)?ReaderUnlock.*",
    "(MutexLock::)?~MutexLock.*",
    "(SpinLock::)?Unlock.*",
    "(SpinLock::)?SlowUnlock.*",
    "(SpinLockHolder::)?~SpinLockHolder.*",
];

/// Frames of the handler of the profiling signal.
const SIGNAL_HANDLER: [&str; 5] = [
    "ProfileData::Add",
    "ProfileData::prof_handler",
    "CpuProfiler::prof_handler",
    "__pthread_sighandler",
    "__restore",
];

/// Sets the frames to drop and to keep.
pub(super) fn set(profile: &mut Profile) -> Result<()> {
    let types: Vec<&[u8]> = profile.header.sample_types.iter().map(|kind| profile.text(kind.kind)).collect();
    let (drop, keep): (&[&str], &[&str]) = if HEAP_TYPES.contains(&&types[..]) {
        (&ALLOCATOR, &NOT_ALLOCATOR)
    } else if types == CONTENTION_TYPES {
        (&LOCK, &[])
    } else {
        (&SIGNAL_HANDLER, &[])
    };
    profile.header.drop_frames = profile.strings.intern(drop.join("|").as_bytes())?;
    profile.header.keep_frames = profile.strings.intern(keep.join("|").as_bytes())?;
    Ok(())
}
