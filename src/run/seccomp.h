// The system calls that a sandboxed program may not make, as a filter program for the kernel (x86-64).
//
// Allowed by default, because user programs are of every kind; denied is what reaches the kernel's rarely used and dangerous parts: mounting,
// modules, namespaces, tracing, keyrings, raw I/O, BPF, io_uring, unusual socket families (vsock is not bound to a network namespace),
// and memory that the watchdog cannot see (memory files, message queues, large System V segments). Most answer EPERM; where programs fall back to
// something else by themselves they answer ENOSYS. Pure; any thread.
#pragma once
#include <string>

namespace fogbank::run {

/// The filter as bytes of struct sock_filter, for bwrap's --seccomp.
const std::string& seccomp_filter();

}  // namespace fogbank::run
