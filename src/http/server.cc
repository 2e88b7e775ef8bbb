#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "base/strings.h"
#include "http/server_impl.h"

namespace fogbank::http {

namespace {

constexpr int kAcceptsPerEvent = 64;
constexpr int kOutOfDescriptorsPause = 100;  // milliseconds

tl::unexpected<ApiError> listen_failure(const std::string& address, uint16_t port) {
  return fail("ListenFailed", cat("cannot listen on ", address, " port ", port, ": ", std::strerror(errno)), 500);
}

// An IPv4 or IPv6 address as the socket calls want it; length 0 if it is neither.
socklen_t socket_address(const std::string& address, uint16_t port, sockaddr_storage& out) {
  std::memset(&out, 0, sizeof out);
  auto* v4 = reinterpret_cast<sockaddr_in*>(&out);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&out);
  if (inet_pton(AF_INET, address.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(port);
    return sizeof *v4;
  }
  if (inet_pton(AF_INET6, address.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    return sizeof *v6;
  }
  return 0;
}

std::string peer_name(const sockaddr_storage& from, uint16_t& port) {
  char text[INET6_ADDRSTRLEN] = "";
  if (from.ss_family == AF_INET) {
    auto* a = reinterpret_cast<const sockaddr_in*>(&from);
    port = ntohs(a->sin_port);
    inet_ntop(AF_INET, &a->sin_addr, text, sizeof text);
  } else if (from.ss_family == AF_INET6) {
    auto* a = reinterpret_cast<const sockaddr_in6*>(&from);
    port = ntohs(a->sin6_port);
    if (IN6_IS_ADDR_V4MAPPED(&a->sin6_addr)) inet_ntop(AF_INET, a->sin6_addr.s6_addr + 12, text, sizeof text);
    else inet_ntop(AF_INET6, &a->sin6_addr, text, sizeof text);
  } else {
    return "unix";
  }
  return text;
}

// Keeps SIGPIPE from this thread while it is alive: sendfile and OpenSSL have no flag for that.
class NoPipeSignal {
 public:
  NoPipeSignal() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~NoPipeSignal() {
    timespec now{};
    while (sigtimedwait(&pipe_, nullptr, &now) > 0) {}
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t pipe_, before_;
};

}  // namespace

// A descriptor of somebody else's. The inner part is kept by its waits; the owner switches it off, or the server when it is destroyed first.
struct WatchedInner final : public Waiter, public std::enable_shared_from_this<WatchedInner> {
  WatchedInner(Loop& loop, int fd, std::function<void()> f) : descriptor(std::make_unique<Descriptor>(loop, fd)), callback(std::move(f)) {}
  void arm() {
    if (!descriptor || std::exchange(armed, true)) return;
    descriptor->wait(Wait::read, shared_from_this());
  }
  void ready(Wait) override {
    armed = false;
    auto self = shared_from_this();   // the callback may destroy the owner
    if (descriptor) callback();
  }
  std::unique_ptr<Descriptor> descriptor;
  std::function<void()> callback;
  bool armed = false;
};

class WatchedImpl final : public Watched {
 public:
  explicit WatchedImpl(std::shared_ptr<WatchedInner> inner) : inner_(std::move(inner)) { inner_->arm(); }
  ~WatchedImpl() override {
    if (inner_->descriptor) inner_->descriptor->close();
    inner_->descriptor.reset();
  }
  int fd() const override { return inner_->descriptor ? inner_->descriptor->fd() : -1; }
  void arm() override { inner_->arm(); }

 private:
  std::shared_ptr<WatchedInner> inner_;
};

// A listening socket. Kept by the server and by its wait.
class Listener final : public Waiter, public std::enable_shared_from_this<Listener> {
 public:
  Listener(ServerImpl& server, int fd, int id, std::shared_ptr<Handler> handler, bool guest) : server_(server), descriptor_(server.loop(), fd), id_(id), handler_(std::move(handler)) { share_->guest = guest; }
  int id() const { return id_; }
  const std::shared_ptr<Handler>& handler() const { return handler_; }
  const std::shared_ptr<Share>& share() const { return share_; }
  void arm() { if (open_) descriptor_.wait(Wait::read, shared_from_this()); }
  void close() {
    open_ = false;
    descriptor_.close();
  }
  void ready(Wait) override {
    for (int n = 0; open_ && n < kAcceptsPerEvent; n++)
      if (!accept_one()) return;
    arm();
  }

 private:
  // False if there is nothing to accept now; then the next wait has been arranged.
  bool accept_one() {
    sockaddr_storage from{};
    socklen_t length = sizeof from;
    int fd = ::accept4(descriptor_.fd(), reinterpret_cast<sockaddr*>(&from), &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      uint16_t port = 0;
      std::string name = peer_name(from, port);
      server_.accepted(fd, *this, std::move(name), port);
      return true;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      server_.loop().after(kOutOfDescriptorsPause, [self = shared_from_this()] { self->arm(); });
      return false;
    }
    if (errno != EAGAIN && errno != EWOULDBLOCK) return true;  // the peer gave up while waiting, and the like
    arm();
    return false;
  }
  ServerImpl& server_;
  Descriptor descriptor_;
  int id_;
  std::shared_ptr<Handler> handler_;
  std::shared_ptr<Share> share_ = std::make_shared<Share>();
  bool open_ = true;
};

// Wakes the loop when stop() was called; an eventfd because that may be in a signal handler. Lives as long as the server: stop() may be
// called again at any time.
class StopWaiter final : public Waiter {
 public:
  StopWaiter(ServerImpl& server, int fd) : server_(server), descriptor_(server.loop(), fd) {}
  void ready(Wait) override { server_.begin_stop(); }
  Descriptor& descriptor() { return descriptor_; }

 private:
  ServerImpl& server_;
  Descriptor descriptor_;
};

ServerImpl::ServerImpl(Handler& handler, const Limits& limits)
    : handler_(handler), limits_(limits), scratch_(new char[kScratch]), stop_fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  stop_waiter_ = std::make_shared<StopWaiter>(*this, stop_fd_);
  stop_waiter_->descriptor().wait(Wait::read, stop_waiter_);
}

ServerImpl::~ServerImpl() {
  for (auto& weak : watched_)
    if (auto inner = weak.lock()) inner->descriptor.reset();   // they must not outlive the loop
}

char* ServerImpl::file_scratch() {
  if (!file_scratch_) file_scratch_.reset(new char[kFileScratch]);
  return file_scratch_.get();
}

std::string_view ServerImpl::date() {
  Millis second = machine_now() / 1000;
  if (second != date_second_) {
    date_second_ = second;
    date_ = http_date(second * 1000);
  }
  return date_;
}

Result<uint16_t> ServerImpl::listen(const std::string& address, uint16_t port, int id) {
  sockaddr_storage where;
  socklen_t length = socket_address(address, port, where);
  if (!length) return fail("ListenFailed", cat("not an IP address: ", address), 500);
  int fd = ::socket(where.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return listen_failure(address, port);
  int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (where.ss_family == AF_INET6) ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);  // "::" beside "0.0.0.0"
  if (::bind(fd, reinterpret_cast<sockaddr*>(&where), length) != 0 || ::listen(fd, 4096) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&where), &length) != 0) {
    auto failure = listen_failure(address, port);
    ::close(fd);
    return failure;
  }
  add_listener(fd, id, nullptr, false);
  return ntohs(where.ss_family == AF_INET ? reinterpret_cast<sockaddr_in*>(&where)->sin_port
                                          : reinterpret_cast<sockaddr_in6*>(&where)->sin6_port);
}

void ServerImpl::adopt_listener(int fd, int id, std::shared_ptr<Handler> handler) { add_listener(fd, id, std::move(handler), true); }

void ServerImpl::add_listener(int fd, int id, std::shared_ptr<Handler> handler, bool guest) {
  int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // inherited by what it accepts; meaningless for other families
  if (!handler) handler = std::shared_ptr<Handler>(std::shared_ptr<void>(), &handler_);   // the server's own, not owned
  loop_.post([this, listener = std::make_shared<Listener>(*this, fd, id, std::move(handler), guest)] {
    if (stopping_) return;
    listeners_.push_back(listener);
    listener->arm();
  });
}

std::unique_ptr<Watched> ServerImpl::watch(int fd, std::function<void()> ready) {
  auto inner = std::make_shared<WatchedInner>(loop_, fd, std::move(ready));
  if (watched_.size() >= prune_watched_) {
    std::erase_if(watched_, [](const auto& w) { return w.expired(); });
    prune_watched_ = 2 * watched_.size() + 64;
  }
  watched_.push_back(inner);
  return std::make_unique<WatchedImpl>(std::move(inner));
}

void ServerImpl::close_listener(int id) {
  loop_.post([this, id] {
    std::erase_if(listeners_, [id](const auto& l) {
      if (l->id() == id) l->close();
      return l->id() == id;
    });
    auto all = connections_;
    for (auto& c : all) if (c->listener() == id) c->close_when_done();
  });
}

Result<void> ServerImpl::set_tls(const TlsIdentity& identity) {
  FB_ASSIGN(context, make_server_context(identity));
  *tls_.lock() = std::move(context);
  return {};
}

void ServerImpl::accepted(int fd, const Listener& listener, std::string address, uint16_t port) {
  accepted_.fetch_add(1, std::memory_order_relaxed);
  const std::shared_ptr<Share>& share = listener.share();
  if (connections_.size() >= limits_.connections || (share->guest && share->connections.load(std::memory_order_relaxed) >= limits_.guest_connections)) {
    refused_.fetch_add(1, std::memory_order_relaxed);
    std::string& bytes = out();
    append_head(bytes, 503, {}, date(), Delimiter::length, 0, "close");
    // A courtesy that need not arrive: what counts is that the descriptor is free again.
    [[maybe_unused]] auto n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    ::close(fd);
    return;
  }
  auto connection = std::make_shared<Connection>(*this, listener.handler(), fd, listener.id(), share, std::move(address), port);
  if (!connection->watched()) { refused_.fetch_add(1, std::memory_order_relaxed); return; }
  connection->index = connections_.size();
  connections_.push_back(connection);
  open_.store(connections_.size(), std::memory_order_relaxed);
  connection->start();
  if (!sweeping_) {
    sweeping_ = true;
    loop_.after(limits_.tick_milliseconds, [this] { sweep(); });
  }
}

void ServerImpl::removed(Connection& connection) {
  size_t at = connection.index;
  std::swap(connections_[at], connections_.back());
  connections_[at]->index = at;
  connections_.pop_back();
  open_.store(connections_.size(), std::memory_order_relaxed);
  if (stopping_ && connections_.empty()) loop_.quit();
}

// Without connections there is nothing to look at, and the loop sleeps.
void ServerImpl::sweep() {
  tick_++;
  for (size_t n = connections_.size(); n-- > 0;) {
    if (n >= connections_.size()) continue;  // several went at once
    auto connection = connections_[n];
    connection->sweep(tick_);
  }
  sweeping_ = !connections_.empty();
  if (sweeping_) loop_.after(limits_.tick_milliseconds, [this] { sweep(); });
}

Server::Stats ServerImpl::stats() const {
  Stats s;
  s.connections = open_.load(std::memory_order_relaxed);
  s.accepted = accepted_.load(std::memory_order_relaxed);
  s.requests = requests_.load(std::memory_order_relaxed);
  s.refused = refused_.load(std::memory_order_relaxed);
  return s;
}

void ServerImpl::run() {
  NoPipeSignal no_pipe_signal;
  loop_.run([this] { handler_.turn_end(); });
  close_all();
  loop_.drain();  // whoever waited for a body or a reply is told
}

void ServerImpl::stop() {
  int before = errno;
  uint64_t one = 1;
  [[maybe_unused]] auto n = ::write(stop_fd_, &one, sizeof one);  // fails only if it is already signalled
  errno = before;
}

void ServerImpl::begin_stop() {
  if (std::exchange(stopping_, true)) return;
  auto listeners = std::exchange(listeners_, {});
  for (auto& l : listeners) l->close();
  for (auto& l : listeners) l->handler()->stopping();
  auto all = connections_;
  for (auto& c : all) c->close_when_done();
  if (connections_.empty()) return loop_.quit();
  loop_.after(int64_t(limits_.stop_seconds) * limits_.tick_milliseconds, [this] { loop_.quit(); });
}

void ServerImpl::close_all() {
  stopping_ = true;
  auto all = connections_;
  for (auto& c : all) c->close();
}

std::unique_ptr<Server> make_server(Handler& handler, const Limits& limits) { return std::make_unique<ServerImpl>(handler, limits); }

}  // namespace fogbank::http
