#include "http/loop.h"

#include <unistd.h>

// Header-only use in this one translation unit. Descriptors use the concrete executor: the type-erased one costs an allocation per wait.
#define BOOST_ASIO_NO_DEPRECATED 1
#define BOOST_ASIO_DISABLE_BOOST_COROUTINE 1
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "base/strings.h"

namespace fogbank::http {

namespace asio = boost::asio;
using Executor = asio::io_context::executor_type;

// How many handlers may run before turn_end is called although more are ready: bounds the wait of held replies under load.
constexpr int kHandlersPerTurn = 256;

// One spelling per address: a guard must not be led astray by ::ffff:127.0.0.1.
static Endpoint endpoint_of(asio::ip::address address, uint16_t port) {
  if (address.is_v6() && address.to_v6().is_v4_mapped()) address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  return {address.to_string(), port, address.is_v6()};
}

struct Loop::Impl {
  asio::io_context context{1};
  asio::executor_work_guard<Executor> work{context.get_executor()};
  asio::ip::tcp::resolver resolver{context};
  std::atomic<bool> quit{false};
};

struct Descriptor::Impl {
  asio::posix::basic_stream_descriptor<Executor> descriptor;
};

Loop::Loop() : impl_(std::make_unique<Impl>()) {}
Loop::~Loop() = default;

void Loop::post(std::function<void()> f) { asio::post(impl_->context, std::move(f)); }

void Loop::after(int64_t milliseconds, std::function<void()> f) {
  using Timer = asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;
  auto timer = std::make_shared<Timer>(impl_->context.get_executor(), std::chrono::milliseconds(milliseconds));
  timer->async_wait([timer, f = std::move(f)](boost::system::error_code ec) { if (!ec) f(); });
}

void Loop::run(const std::function<void()>& turn_end) {
  while (!impl_->quit.load(std::memory_order_relaxed)) {
    impl_->context.run_one();
    for (int n = 1; n < kHandlersPerTurn && impl_->context.poll_one(); n++) {}
    turn_end();
  }
}

void Loop::drain() {
  for (int n = 0; n < 100000 && impl_->context.poll_one(); n++) {}
}

void Loop::quit() {
  impl_->quit.store(true, std::memory_order_relaxed);
  asio::post(impl_->context, [] {});  // wakes run_one
}

bool Loop::in_loop() const { return impl_->context.get_executor().running_in_this_thread(); }

void Loop::resolve(const std::string& host, uint16_t port, std::function<void(Result<std::vector<Endpoint>>)> done) {
  boost::system::error_code not_numeric;
  auto literal = asio::ip::make_address(host, not_numeric);
  if (!not_numeric) {
    asio::post(impl_->context, [e = endpoint_of(literal, port), done = std::move(done)] { done(std::vector<Endpoint>{e}); });
    return;
  }
  impl_->resolver.async_resolve(host, cat(port), asio::ip::tcp::resolver::numeric_service,
    [host, done = std::move(done)](boost::system::error_code ec, const asio::ip::tcp::resolver::results_type& found) {
      if (ec) return done(fail("ResolveFailed", cat("cannot resolve ", host, ": ", ec.message()), 502));
      std::vector<Endpoint> out;
      for (const auto& e : found) out.push_back(endpoint_of(e.endpoint().address(), e.endpoint().port()));
      done(std::move(out));
    });
}

Descriptor::Descriptor(Loop& loop, int fd)
    : impl_(new Impl{asio::posix::basic_stream_descriptor<Executor>(loop.impl().context.get_executor())}), fd_(fd) {
  boost::system::error_code ec;
  impl_->descriptor.assign(fd, ec);
  if (!ec) impl_->descriptor.native_non_blocking(true, ec);
  if (!ec) return;
  if (impl_->descriptor.is_open()) impl_->descriptor.close(ec);
  else ::close(fd);
  fd_ = -1;
}

Descriptor::~Descriptor() = default;

void Descriptor::wait(Wait what, std::shared_ptr<Waiter> waiter) {
  if (fd_ < 0) return;
  impl_->descriptor.async_wait(what == Wait::read ? asio::posix::descriptor_base::wait_read : asio::posix::descriptor_base::wait_write,
    [waiter = std::move(waiter), what](boost::system::error_code ec) { if (ec != asio::error::operation_aborted) waiter->ready(what); });
}

void Descriptor::close() {
  if (fd_ < 0) return;
  fd_ = -1;
  boost::system::error_code ignored;
  impl_->descriptor.close(ignored);
}

}  // namespace fogbank::http
