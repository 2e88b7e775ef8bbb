// A listening socket inside another process's network namespace.
//
// A short-lived helper process enters the user and network namespaces of a process, opens a TCP listener on its loopback and passes the
// descriptor back; the helper ends, the descriptor stays. So the server accepts connections from inside one sandbox, on any port, without a
// proxy and without the sandbox reaching anything else. Supervisor's thread only: the helper is a child of it and dies with it.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <functional>

#include "base/error.h"
#include "run/descriptor.h"
#include "run/reactor.h"

namespace fogbank::run {

/// `done` is called once, later, with the listener on 127.0.0.1:`port` in the namespaces of `pid`. It waits up to five seconds for the
/// loopback to come up. Fails if `pid` is in our own network namespace.
void open_inner_listener(Reactor& reactor, pid_t pid, uint16_t port, std::function<void(Result<Fd>)> done);

}  // namespace fogbank::run
