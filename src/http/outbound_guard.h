// The guard of outbound calls that a user's configuration causes (webhooks, API destinations): never to our own ports on this machine, by
// whatever name or address, so that nobody reaches the server with the server's own authority. Pure but for asking the machine for its
// addresses; thread-safe.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "http/client.h"

namespace fogbank::http {

/// True for loopback, unspecified and every address of this machine's interfaces.
bool is_own_address(const std::string& address);

/// Refuses `ports` on addresses of this machine; everything else is allowed.
Guard refuse_own_ports(std::vector<uint16_t> ports);

}  // namespace fogbank::http
