#include "waiter/child.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "auth/sigv4.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/strings.h"
#include "run/descriptor.h"

namespace fogbank::waiter {
namespace {

std::string variable(const char* name) {
  const char* v = getenv(name);
  return v ? v : "";
}

/// One request on a connection of its own; the whole answer, or an empty text.
std::string exchange(const std::string& request) {
  std::string endpoint = variable("AWS_ENDPOINT_URL");
  size_t colon = endpoint.rfind(':');
  auto port = colon == std::string::npos ? std::nullopt : parse_int(std::string_view(endpoint).substr(colon + 1));
  run::Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(uint16_t(port.value_or(0)));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (!fd || connect(fd.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) return {};
  if (send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL) != ssize_t(request.size())) return {};
  std::string answer;
  char buffer[4096];
  for (ssize_t n; (n = read(fd.get(), buffer, sizeof buffer)) > 0;) answer.append(buffer, size_t(n));
  return answer;
}

/// "200 {body}"
std::string shorten(std::string_view answer) {
  size_t body = answer.find("\r\n\r\n");
  if (!answer.starts_with("HTTP/1.1 ") || body == std::string_view::npos) return "no answer";
  return cat(answer.substr(9, 3), " ", answer.substr(body + 4));
}

std::string ping(const auth::SigningCredentials& who, std::string_view message) {
  std::string body = cat("{\"Message\":\"", message, "\"}");
  std::string hash = sha256_hex(body);
  std::vector<HeaderView> headers = {{"Host", "127.0.0.1:4566"}, {"Content-Type", "application/json"}};
  auth::RequestView view{"POST", "/ping", "", headers};
  auth::SigningOptions options;
  std::string region = variable("AWS_REGION");
  options.region = region;
  options.service = "waiter";
  options.now = machine_now();
  options.payload_hash = hash;
  std::string request = "POST /ping HTTP/1.1\r\nConnection: close\r\n";
  for (const auto& h : headers) append(request, h.name, ": ", h.value, "\r\n");
  for (const auto& [name, value] : auth::sign_request(view, who, options)) append(request, name, ": ", value, "\r\n");
  append(request, "Content-Length: ", body.size(), "\r\n\r\n", body);
  return shorten(exchange(request));
}

void hoard(int64_t megabytes) {
  std::vector<std::string> all;
  for (int64_t i = 0; i < megabytes; i++) all.emplace_back(1 << 20, 'x');
  sleep(30);
  printf("%zu\n", all.size());
}

}  // namespace

int child_main(int argc, char** argv) {
  const std::string key = variable("AWS_ACCESS_KEY_ID"), secret = variable("AWS_SECRET_ACCESS_KEY"), token = variable("AWS_SESSION_TOKEN");
  for (int i = 2; i < argc; i++) {
    std::string_view step = argv[i], value;
    if (size_t colon = step.find(':'); colon != std::string_view::npos) {
      value = step.substr(colon + 1);
      step = step.substr(0, colon);
    }
    int64_t number = parse_int(value).value_or(0);
    std::string line;
    if (step == "ping") line = ping({key, secret, token}, value);
    else if (step == "dev") line = ping({"test", "test", ""}, value);
    else if (step == "admin") line = shorten(exchange("GET /_fogbank/status HTTP/1.1\r\nHost: localhost:4566\r\nConnection: close\r\n\r\n"));
    else if (step == "sleep") usleep(useconds_t(number * 1000));
    else if (step == "print") line = value;
    else if (step == "hoard") hoard(number);
    else if (step == "fork") { for (int64_t n = 0; n < number; n++) if (fork() == 0) { sleep(30); _exit(0); } sleep(30); }
    else if (step == "exit") { fflush(stdout); return int(number); }
    else line = cat("unknown step ", argv[i]);
    if (!line.empty()) printf("%s\n", line.c_str());
    fflush(stdout);
  }
  return 0;
}

}  // namespace fogbank::waiter
