#include "run/seccomp.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <vector>

namespace fogbank::run {
namespace {

#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif
#ifndef SYS_quotactl_fd
#define SYS_quotactl_fd 443
#endif

constexpr unsigned kNotPermitted[] = {
    // file systems
    SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_fsopen, SYS_fsconfig, SYS_fsmount, SYS_fspick, SYS_move_mount, SYS_open_tree, SYS_mount_setattr,
    SYS_swapon, SYS_swapoff, SYS_quotactl, SYS_quotactl_fd, SYS_nfsservctl, SYS_open_by_handle_at, SYS_name_to_handle_at, SYS_fanotify_init, SYS_sysfs, SYS_ustat,
    // the kernel and the machine
    SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_create_module, SYS_get_kernel_syms, SYS_query_module, SYS_kexec_load, SYS_kexec_file_load, SYS_reboot,
    SYS_acct, SYS_syslog, SYS_settimeofday, SYS_clock_settime, SYS_clock_adjtime, SYS_adjtimex, SYS_sethostname, SYS_setdomainname, SYS_iopl, SYS_ioperm,
    SYS_modify_ldt, SYS_uselib, SYS__sysctl, SYS_vhangup, SYS_lookup_dcookie, SYS_bpf, SYS_perf_event_open, SYS_userfaultfd,
    // namespaces and other processes
    SYS_unshare, SYS_setns, SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_process_madvise, SYS_pidfd_getfd, SYS_kcmp, SYS_migrate_pages, SYS_move_pages,
    // keyrings
    SYS_add_key, SYS_request_key, SYS_keyctl,
};
// Programs try these first and have another way.
constexpr unsigned kNotThere[] = {SYS_clone3, SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register, SYS_memfd_create, SYS_memfd_secret, SYS_msgget, SYS_msgsnd, SYS_msgrcv, SYS_msgctl};

constexpr unsigned kNewNamespaces = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000;   // CLONE_NEW… (CLONE_NEWTIME is in the byte that clone takes for the signal)
constexpr unsigned kTypeIntoTerminal = 0x5412, kTerminalSelection = 0x541c;   // TIOCSTI, TIOCLINUX
constexpr unsigned kSharedSegment = 64 << 10;
constexpr unsigned kX32 = 0x40000000;

class Program {
 public:
  void load(size_t offset) { add(BPF_LD | BPF_W | BPF_ABS, unsigned(offset)); }
  void load_argument(int n) { load(offsetof(seccomp_data, args) + 8 * size_t(n)); }
  void answer(unsigned action) { add(BPF_RET | BPF_K, action); }
  void refuse(int error) { answer(SECCOMP_RET_ERRNO | unsigned(error)); }
  /// The next `n` instructions run only if the accumulator compares so.
  void if_equal(unsigned value, unsigned n) { add(BPF_JMP | BPF_JEQ | BPF_K, value, 0, n); }
  void if_at_least(unsigned value, unsigned n) { add(BPF_JMP | BPF_JGE | BPF_K, value, 0, n); }
  void if_above(unsigned value, unsigned n) { add(BPF_JMP | BPF_JGT | BPF_K, value, 0, n); }
  void if_any_bit(unsigned mask, unsigned n) { add(BPF_JMP | BPF_JSET | BPF_K, mask, 0, n); }
  void unless_equal(unsigned value, unsigned n) { add(BPF_JMP | BPF_JEQ | BPF_K, value, n, 0); }
  std::string bytes() const { return {reinterpret_cast<const char*>(code_.data()), code_.size() * sizeof(sock_filter)}; }

 private:
  void add(unsigned code, unsigned k, unsigned yes = 0, unsigned no = 0) { code_.push_back({uint16_t(code), uint8_t(yes), uint8_t(no), k}); }
  std::vector<sock_filter> code_;
};

std::string build() {
  Program p;
  p.load(offsetof(seccomp_data, arch));
  p.unless_equal(AUDIT_ARCH_X86_64, 1);
  p.answer(SECCOMP_RET_KILL_PROCESS);   // 32-bit calls would pass under other numbers
  p.load(offsetof(seccomp_data, nr));
  p.if_at_least(kX32, 1);
  p.refuse(ENOSYS);
  for (unsigned call : kNotPermitted) { p.if_equal(call, 1); p.refuse(EPERM); }
  for (unsigned call : kNotThere) { p.if_equal(call, 1); p.refuse(ENOSYS); }

  p.if_equal(SYS_clone, 4);
  p.load_argument(0);
  p.if_any_bit(kNewNamespaces, 1);
  p.refuse(EPERM);
  p.answer(SECCOMP_RET_ALLOW);

  p.if_equal(SYS_socket, 7);
  p.load_argument(0);
  for (unsigned family : {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK}) {
    unsigned left = family == AF_UNIX ? 4 : family == AF_INET ? 3 : family == AF_INET6 ? 2 : 1;
    p.unless_equal(family, left);
  }
  p.refuse(EAFNOSUPPORT);
  p.answer(SECCOMP_RET_ALLOW);

  p.if_equal(SYS_ioctl, 5);
  p.load_argument(1);
  p.unless_equal(kTypeIntoTerminal, 1);
  p.if_equal(kTerminalSelection, 1);
  p.refuse(EPERM);
  p.answer(SECCOMP_RET_ALLOW);

  p.if_equal(SYS_shmget, 6);
  p.load(offsetof(seccomp_data, args) + 8 + 4);   // the size's upper half
  p.unless_equal(0, 1);
  p.refuse(ENOSPC);
  p.load_argument(1);
  p.if_above(kSharedSegment, 1);
  p.refuse(ENOSPC);

  p.answer(SECCOMP_RET_ALLOW);
  return p.bytes();
}

}  // namespace

const std::string& seccomp_filter() {
  static const std::string filter = build();
  return filter;
}

}  // namespace fogbank::run
