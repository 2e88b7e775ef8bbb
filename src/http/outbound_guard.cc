#include "http/outbound_guard.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

namespace fogbank::http {

bool is_own_address(const std::string& address) {
  in_addr v4{};
  in6_addr v6{};
  bool is_v4 = inet_pton(AF_INET, address.c_str(), &v4) == 1;
  if (!is_v4 && inet_pton(AF_INET6, address.c_str(), &v6) != 1) return true;  // not an address: nothing we should connect to
  if (is_v4 && ((ntohl(v4.s_addr) >> 24) == 127 || v4.s_addr == 0)) return true;
  if (!is_v4 && (IN6_IS_ADDR_LOOPBACK(&v6) || IN6_IS_ADDR_UNSPECIFIED(&v6))) return true;
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) return true;  // cannot tell: refuse
  bool own = false;
  for (ifaddrs* i = all; i && !own; i = i->ifa_next) {
    if (!i->ifa_addr) continue;
    if (is_v4 && i->ifa_addr->sa_family == AF_INET) own = reinterpret_cast<sockaddr_in*>(i->ifa_addr)->sin_addr.s_addr == v4.s_addr;
    if (!is_v4 && i->ifa_addr->sa_family == AF_INET6) own = std::memcmp(&reinterpret_cast<sockaddr_in6*>(i->ifa_addr)->sin6_addr, &v6, sizeof v6) == 0;
  }
  freeifaddrs(all);
  return own;
}

Guard refuse_own_ports(std::vector<uint16_t> ports) {
  return [ports = std::move(ports)](const std::string& address, uint16_t port) {
    return std::find(ports.begin(), ports.end(), port) == ports.end() || !is_own_address(address);
  };
}

}  // namespace fogbank::http
