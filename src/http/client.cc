#include "http/client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "base/encoding.h"
#include "base/strings.h"
#include "http/loop.h"
#include "http/parser.h"
#include "http/stream.h"

namespace fogbank::http {

namespace {

constexpr size_t kReadSize = 64 << 10;

bool is_token(std::string_view s) {
  for (unsigned char c : s) if (c >= 127 || (!isalnum(c) && std::string_view("!#$%&'*+-.^_`|~").find(char(c)) == std::string_view::npos)) return false;
  return !s.empty();
}

// The whole request as bytes, or why it cannot be sent. Nothing that a caller passes on may add lines to the head.
Result<std::string> compose(const ClientRequest& r, const Url& url) {
  if (!is_token(r.method)) return fail("InvalidRequest", "not a method");
  std::string out = cat(r.method, ' ', url.target, " HTTP/1.1\r\n");
  bool host = false, authorization = false;
  for (const auto& [name, value] : r.fields) {
    if (!is_token(name) || value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos)
      return fail("InvalidRequest", cat("not a header field: ", name));
    if (iequals(name, "Content-Length") || iequals(name, "Connection") || iequals(name, "Transfer-Encoding")) continue;
    host = host || iequals(name, "Host");
    authorization = authorization || iequals(name, "Authorization");
    append(out, name, ": ", value, "\r\n");
  }
  bool v6 = url.host.find(':') != std::string::npos;
  if (!host) append(out, "Host: ", v6 ? "[" : "", url.host, v6 ? "]" : "", url.default_port ? std::string() : cat(':', url.port), "\r\n");
  if (!authorization && !url.user_info.empty()) append(out, "Authorization: Basic ", base64(url.user_info), "\r\n");
  if (!r.body.empty() || (r.method != "GET" && r.method != "HEAD")) append(out, "Content-Length: ", r.body.size(), "\r\n");
  append(out, "Connection: close\r\n\r\n", r.body);
  return out;
}

class ClientImpl;

// One request: resolve, connect, TLS, write, read. Kept by the client's list and by its waits.
class Call final : public Waiter, public std::enable_shared_from_this<Call> {
 public:
  Call(ClientImpl& client, ClientRequest&& request, Client::Done&& done)
      : client_(client), request_(std::move(request)), done_(std::move(done)), reader_(request_.method == "HEAD", request_.max_response) {}
  void start();
  void ready(Wait) override { step(); }
  void finish(Result<ClientResponse> result);
  void fail_with(std::string code, std::string message, int status = 502) { finish(fail(std::move(code), std::move(message), status)); }

 private:
  enum class Stage : uint8_t { resolve, connect, handshake, write, read, over };
  void connect_next();
  bool open_socket(const Endpoint& to);
  void step();
  void connected();
  void handshake();
  void write_some();
  void read_some();
  void wait(Wait what) { descriptor_->wait(what, shared_from_this()); }
  // Waits for what the outcome asks for; false if it is an end.
  bool again(const Io& io);
  void response_done();

  ClientImpl& client_;
  ClientRequest request_;
  Client::Done done_;
  Url url_;
  std::string bytes_;
  size_t sent_ = 0;
  Stage stage_ = Stage::resolve;
  std::vector<Endpoint> endpoints_;
  size_t next_ = 0;
  bool refused_ = false;
  std::string why_;
  std::unique_ptr<Descriptor> descriptor_;
  std::unique_ptr<Stream> stream_;
  ResponseReader reader_;
};

class ClientImpl final : public Client {
 public:
  ClientImpl(std::shared_ptr<TlsContext> tls, size_t in_flight) : tls_(std::move(tls)), in_flight_(in_flight), thread_([this] { run(); }) {}
  ~ClientImpl() override { stop(); }

  void send(ClientRequest request, Done done) override {
    auto call = std::make_shared<Call>(*this, std::move(request), std::move(done));
    loop_.post([this, call] {
      if (stopped_) return call->fail_with("Cancelled", "the client has stopped", 503);
      if (calls_.size() >= in_flight_) return call->fail_with("TooManyCalls", "too many outbound calls at a time", 503);
      calls_.insert(call);
      call->start();
    });
  }

  void stop() override {
    std::lock_guard<std::mutex> one_at_a_time(stop_);
    if (!thread_.joinable()) return;
    loop_.post([this] {
      stopped_ = true;
      auto all = calls_;
      for (auto& call : all) call->fail_with("Cancelled", "the client has stopped", 503);
      loop_.quit();
    });
    thread_.join();
    loop_.drain();  // calls sent meanwhile are told, here
  }

  Loop& loop() { return loop_; }
  const TlsContext& tls() const { return *tls_; }
  char* buffer() { return buffer_.get(); }
  void forget(const std::shared_ptr<Call>& call) { calls_.erase(call); }

 private:
  void run() {
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe, nullptr);  // OpenSSL writes without MSG_NOSIGNAL
    loop_.run([] {});
  }
  Loop loop_;
  std::shared_ptr<TlsContext> tls_;
  size_t in_flight_;
  std::unique_ptr<char[]> buffer_{new char[kReadSize]};
  std::set<std::shared_ptr<Call>> calls_;  // loop's thread
  bool stopped_ = false;
  std::mutex stop_;
  std::thread thread_;  // last: it uses the rest
};

void Call::start() {
  auto url = parse_url(request_.url);
  if (!url) return finish(fail(std::move(url.error())));
  url_ = std::move(*url);
  auto bytes = compose(request_, url_);
  if (!bytes) return finish(fail(std::move(bytes.error())));
  bytes_ = std::move(*bytes);
  std::string().swap(request_.body);
  std::weak_ptr<Call> weak = weak_from_this();
  client_.loop().after(request_.timeout_milliseconds, [weak] {
    if (auto self = weak.lock()) self->fail_with("Timeout", cat("no answer from ", self->url_.host, " in time"), 504);
  });
  client_.loop().resolve(url_.host, url_.port, [weak](Result<std::vector<Endpoint>> found) {
    auto self = weak.lock();
    if (!self || self->stage_ == Stage::over) return;
    if (!found) return self->finish(fail(std::move(found.error())));
    self->endpoints_ = std::move(*found);
    self->connect_next();
  });
}

void Call::connect_next() {
  stage_ = Stage::connect;
  while (next_ < endpoints_.size()) {
    const Endpoint& to = endpoints_[next_++];
    if (!request_.guard || !request_.guard(to.address, to.port)) { refused_ = true; continue; }
    if (!open_socket(to)) { why_ = cat(to.address, ": ", std::strerror(errno)); continue; }
    client_.loop().after(request_.connect_milliseconds, [weak = weak_from_this(), attempt = next_] {
      auto self = weak.lock();
      if (!self || self->stage_ != Stage::connect || self->next_ != attempt) return;
      self->why_ = "no connection in time";
      self->connect_next();
    });
    return wait(Wait::write);
  }
  if (refused_ && why_.empty()) return fail_with("Refused", cat("not allowed to connect to ", url_.host, " port ", url_.port), 403);
  fail_with("ConnectFailed", cat("cannot connect to ", url_.host, ": ", why_));
}

bool Call::open_socket(const Endpoint& to) {
  sockaddr_storage where{};
  socklen_t length;
  if (to.v6) {
    auto* a = reinterpret_cast<sockaddr_in6*>(&where);
    a->sin6_family = AF_INET6;
    a->sin6_port = htons(to.port);
    if (inet_pton(AF_INET6, to.address.c_str(), &a->sin6_addr) != 1) { errno = EADDRNOTAVAIL; return false; }
    length = sizeof *a;
  } else {
    auto* a = reinterpret_cast<sockaddr_in*>(&where);
    a->sin_family = AF_INET;
    a->sin_port = htons(to.port);
    if (inet_pton(AF_INET, to.address.c_str(), &a->sin_addr) != 1) { errno = EADDRNOTAVAIL; return false; }
    length = sizeof *a;
  }
  int fd = ::socket(where.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  if (::connect(fd, reinterpret_cast<sockaddr*>(&where), length) != 0 && errno != EINPROGRESS) {
    int why = errno;
    ::close(fd);
    errno = why;
    return false;
  }
  stream_ = std::make_unique<Stream>(fd);
  if (descriptor_) descriptor_->close();
  descriptor_ = std::make_unique<Descriptor>(client_.loop(), fd);
  return true;
}

void Call::step() {
  switch (stage_) {
    case Stage::connect: return connected();
    case Stage::handshake: return handshake();
    case Stage::write: return write_some();
    case Stage::read: return read_some();
    default: return;
  }
}

void Call::connected() {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(descriptor_->fd(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error) {
    why_ = cat(endpoints_[next_ - 1].address, ": ", std::strerror(error));
    return connect_next();
  }
  if (!url_.tls) {
    stage_ = Stage::write;
    return write_some();
  }
  stream_->start_tls(std::make_unique<TlsSession>(client_.tls(), descriptor_->fd(), url_.host, std::move(request_.thumbprints)));
  stage_ = Stage::handshake;
  handshake();
}

bool Call::again(const Io& io) {
  if (io.kind != Io::again_read && io.kind != Io::again_write) return false;
  wait(io.kind == Io::again_read ? Wait::read : Wait::write);
  return true;
}

void Call::handshake() {
  Io io = stream_->handshake();
  if (again(io)) return;
  if (io.kind != Io::ok) return fail_with("TlsFailed", cat("TLS with ", url_.host, " failed: ", stream_->tls_error()));
  stage_ = Stage::write;
  write_some();
}

void Call::write_some() {
  while (sent_ < bytes_.size()) {
    Io io = stream_->write(std::string_view(bytes_).substr(sent_));
    if (again(io)) return;
    if (io.kind != Io::ok) break;  // a server may answer and close without reading all: see what it said
    sent_ += io.bytes;
  }
  stage_ = Stage::read;
  read_some();
}

void Call::read_some() {
  for (;;) {
    Io io = stream_->read(client_.buffer(), kReadSize);
    if (again(io)) return;
    auto state = io.kind == Io::ok ? reader_.feed({client_.buffer(), io.bytes})
                 : io.kind == Io::eof ? reader_.end() : ResponseReader::State::bad;
    switch (state) {
      case ResponseReader::State::done: return response_done();
      case ResponseReader::State::bad: return fail_with("BadResponse", cat(url_.host, " did not answer with a complete HTTP response"));
      case ResponseReader::State::too_large: return fail_with("ResponseTooLarge", cat("the response of ", url_.host, " is too large"));
      case ResponseReader::State::more: break;
    }
  }
}

void Call::response_done() {
  ClientResponse r;
  r.status = reader_.status;
  r.fields = std::move(reader_.fields);
  r.body = std::move(reader_.body);
  r.address = endpoints_[next_ - 1].address;
  finish(std::move(r));
}

void Call::finish(Result<ClientResponse> result) {
  if (stage_ == Stage::over) return;
  auto self = shared_from_this();
  stage_ = Stage::over;
  if (descriptor_) descriptor_->close();
  client_.forget(self);
  std::exchange(done_, nullptr)(std::move(result));
}

}  // namespace

Result<std::unique_ptr<Client>> make_client(const ClientOptions& options) {
  FB_ASSIGN(tls, make_client_context(options.authorities));
  return std::unique_ptr<Client>(std::make_unique<ClientImpl>(std::move(tls), options.in_flight));
}

}  // namespace fogbank::http
