// What the server and process 1 of an environment's sandbox say to each other, a message per packet of a socket pair.
// The server takes what it receives for outside bytes: a function could only ever lie about its own environment.
#pragma once
#include <cstdint>

namespace fogbank::lambda::runtime::init {

// Descriptors of process 1.
constexpr int kControl = 3, kLog = 4, kTelemetry = 5;
/// In a program: where framed log records go (_LAMBDA_TELEMETRY_LOG_FD).
constexpr int kProgramTelemetry = 3;

constexpr uint32_t kMaxMessage = 160 << 10;
constexpr int kMaxPrograms = 64;

enum class Order : uint8_t {
  listen,     ///< value: a port of 127.0.0.1; answered by Event::listening with the descriptor
  start,      ///< id, value: 1 if it gets the telemetry descriptor; then texts: directory, argv…, "", environment…, ""
  signal,     ///< value: a signal to the process group of `id`
  stop_all,   ///< everything but process 1 stands still (SIGSTOP); answered by Event::stopped
  go_on,
  kill_all,   ///< SIGKILL to everything but process 1; answered by exits
};
struct OrderHead { Order order; uint8_t id; uint16_t pad; int32_t value; };

enum class Event : uint8_t {
  listening,  ///< value: 0 and a descriptor, or errno
  exited,     ///< id, value: wait status
  failed,     ///< id, value: errno of what kept the program from starting
  stopped,
  folder,     ///< a descriptor of /tmp, for looking at how full it is; comes once, unasked
};
struct EventMessage { Event event; uint8_t id; uint16_t pad; int32_t value; };

}  // namespace fogbank::lambda::runtime::init
