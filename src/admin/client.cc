#include "admin/client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/strings.h"

namespace fogbank::admin {
namespace {

// The text of {"error":…,"message":"…"}, which our own server wrote.
std::string message_of(const std::string& json) {
  size_t at = json.find("\"message\":\"");
  if (at == std::string::npos) return json;
  std::string out;
  for (size_t i = at + 11; i < json.size() && json[i] != '"'; i++) {
    if (json[i] == '\\' && i + 1 < json.size()) i++;
    out += json[i];
  }
  return out;
}

}  // namespace

Result<std::string> call_admin(const RunningServer& server, const std::string& method, const std::string& path_and_query) {
  auto token = read_file(server.data + "/admin-token");
  if (!token) return fail("IoError", cat("cannot read the admin token in ", server.data));
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(uint16_t(server.port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) {
    std::string why = std::strerror(errno);
    if (fd >= 0) close(fd);
    return fail("ConnectionFailed", cat("cannot reach the server on port ", server.port, ": ", why));
  }
  std::string request = cat(method, " ", path_and_query, " HTTP/1.1\r\nHost: localhost:", server.port, "\r\nX-Fogbank-Token: ", trim(*token),
                            "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  std::string answer;
  bool ok = ::send(fd, request.data(), request.size(), MSG_NOSIGNAL) == ssize_t(request.size());
  char buf[16384];
  for (ssize_t n; ok && (n = recv(fd, buf, sizeof buf, 0)) != 0;) {
    if (n < 0) { ok = false; break; }
    answer.append(buf, size_t(n));
  }
  close(fd);
  size_t body = answer.find("\r\n\r\n");
  if (!ok || body == std::string::npos || !answer.starts_with("HTTP/1.1 ")) return fail("ConnectionFailed", "the server ended the connection");
  int status = int(parse_int(std::string_view(answer).substr(9, 3)).value_or(0));
  std::string text = answer.substr(body + 4);
  if (status / 100 != 2) return fail("AdminError", trim(text).empty() ? cat("status ", status) : message_of(text), status);
  return text;
}

}  // namespace fogbank::admin
