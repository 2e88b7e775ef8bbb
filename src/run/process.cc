#include "run/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>

#include "base/clock.h"
#include "base/log.h"
#include "base/strings.h"

namespace fogbank::run {
namespace {

constexpr int64_t kDrainMilliseconds = 500;   // for output that is still in the pipes when the process has ended
constexpr size_t kPiece = 64 << 10;

int64_t microseconds(const timeval& t) { return int64_t(t.tv_sec) * 1000000 + t.tv_usec; }

}  // namespace

// One process from its start to its `done`. Lives on the supervisor's thread; the supervisor's table and pending callbacks keep it.
class Supervisor::Child : public std::enable_shared_from_this<Child> {
 public:
  Child(Supervisor& owner, uint64_t id, ProcessSpec spec, Done done, std::unique_ptr<Attachment> attachment)
      : owner_(owner), id_(id), spec_(std::move(spec)), done_(std::move(done)), attachment_(attachment ? std::move(attachment) : std::make_unique<Attachment>()) {}

  void launch() {
    started_us_ = steady_micros();
    if (result_.stopped) return finish();
    launched_ = true;
    if (auto made = make(); !made) {
      result_.error = made.error();
      return finish();
    }
    auto self = shared_from_this();
    owner_.reactor_.watch(pidfd_.get(), [self] { self->reap(); });
    listen(Stream::output);
    listen(Stream::errors);
    if (spec_.time_limit_ms > 0) {
      limit_ = owner_.reactor_.after(spec_.time_limit_ms, [self] {
        self->limit_ = 0;
        self->result_.timed_out = true;
        self->end(self->spec_.grace_ms);
      });
    }
    attachment_->started(pid_, [weak = weak_from_this()](const std::function<void(ProcessResult&)>& mark) {
      if (auto child = weak.lock()) child->end_for(mark);
    });
  }

  /// From outside.
  void stop() {
    if (finished_) return;
    if (!result_.timed_out) result_.stopped = true;
    if (launched_) end(spec_.grace_ms);
  }
  void abandon() {
    if (finished_) return;
    result_.stopped = result_.abandoned = true;
    if (launched_) end(0);
  }
 private:
  void end_for(const std::function<void(ProcessResult&)>& mark) {
    if (reaped_ || finished_) return;
    mark(result_);
    end(0);
  }

  Result<void> make() {
    SpawnPlan plan;
    plan.argv = spec_.argv;
    plan.environment = spec_.environment;
    plan.directory = spec_.directory;
    plan.limits = spec_.limits;
    Fd input;
    if (spec_.input.empty()) {
      input.reset(open("/dev/null", O_RDONLY | O_CLOEXEC));
      if (!input) return fail(system_error("/dev/null"));
    } else {
      FB_ASSIGN(file, memory_file(spec_.input));
      input = std::move(file);
    }
    FB_ASSIGN(out, make_pipe(true));
    FB_ASSIGN(err, make_pipe(true));
    plan.descriptors = {input.get(), out.write.get(), err.write.get()};
    FB_TRY(attachment_->prepare(plan));
    FB_ASSIGN(made, spawn(plan));
    pid_ = made.pid;
    pidfd_ = std::move(made.pidfd);
    pipes_[0] = std::move(out.read);
    pipes_[1] = std::move(err.read);
    spec_.input = {};
    return {};
  }

  void listen(Stream s) {
    owner_.reactor_.watch(pipes_[size_t(s)].get(), [self = shared_from_this(), s] { self->read_some(s); });
  }

  void read_some(Stream s) {
    static thread_local std::string buffer(kPiece, '\0');
    Fd& fd = pipes_[size_t(s)];
    for (int rounds = 0; rounds < 16; rounds++) {
      ssize_t n = read(fd.get(), buffer.data(), buffer.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno == EAGAIN) return;
      if (n <= 0) return close_pipe(s);
      take(s, std::string_view(buffer.data(), size_t(n)));
    }
  }

  void take(Stream s, std::string_view piece) {
    if (spec_.on_output) spec_.on_output(s, piece);
    std::string& kept = s == Stream::output ? result_.output : result_.errors;
    bool& cut = s == Stream::output ? result_.output_cut : result_.errors_cut;
    size_t room = spec_.capture_bytes - std::min(spec_.capture_bytes, kept.size());
    kept.append(piece.substr(0, room));
    if (piece.size() > room) cut = true;
  }

  void close_pipe(Stream s) {
    Fd& fd = pipes_[size_t(s)];
    if (!fd) return;
    owner_.reactor_.unwatch(fd.get());
    fd.reset();
    try_finish();
  }

  // The pid stays ours until reap() has waited for it, so neither signal can meet a stranger.
  void signal_all(int which) {
    if (reaped_ || pid_ <= 0) return;
    syscall(SYS_pidfd_send_signal, pidfd_.get(), which, nullptr, 0);
    kill(-pid_, which);
  }

  void end(int64_t grace) {
    if (reaped_ || pid_ <= 0) return;
    if (grace <= 0) return signal_all(SIGKILL);
    if (asked_) return;
    asked_ = true;
    if (!attachment_->ask_to_end()) signal_all(SIGTERM);
    force_ = owner_.reactor_.after(grace, [self = shared_from_this()] {
      self->force_ = 0;
      self->signal_all(SIGKILL);
    });
  }

  void reap() {
    // The group goes first, while its number is still taken by the process that has ended.
    kill(-pid_, SIGKILL);
    siginfo_t info{};
    rusage used{};
    if (syscall(SYS_waitid, P_PIDFD, pidfd_.get(), &info, WEXITED, &used) != 0) {
      if (errno == EINTR) return;
      result_.error = system_error("the end of a process cannot be read");
    }
    reaped_ = true;
    owner_.reactor_.unwatch(pidfd_.get());
    pidfd_.reset();
    if (info.si_code == CLD_EXITED) result_.exit_code = info.si_status;
    else result_.signal = info.si_status;
    result_.wall_us = steady_micros() - started_us_;
    result_.cpu_us = microseconds(used.ru_utime) + microseconds(used.ru_stime);
    result_.max_rss_kb = used.ru_maxrss;
    for (uint64_t* timer : {&limit_, &force_}) {
      if (*timer) owner_.reactor_.cancel(*timer);
      *timer = 0;
    }
    attachment_->ended([self = shared_from_this()] {
      self->all_gone_ = true;
      // Whoever else still holds the pipes does not keep us.
      self->drain_ = self->owner_.reactor_.after(kDrainMilliseconds, [self] {
        self->drain_ = 0;
        for (Stream s : {Stream::output, Stream::errors}) self->close_pipe(s);
      });
      self->try_finish();
    });
  }

  void try_finish() {
    if (reaped_ && all_gone_ && !pipes_[0] && !pipes_[1]) finish();
  }

  void finish() {
    if (finished_) return;
    finished_ = true;
    if (drain_) owner_.reactor_.cancel(drain_);
    drain_ = 0;
    if (!result_.wall_us) result_.wall_us = steady_micros() - started_us_;
    attachment_->finish(result_);
    auto self = shared_from_this();
    auto done = std::move(done_);
    try {
      done(std::move(result_));
    } catch (const std::exception& e) {
      log(LogLevel::error, cat("end of a process: ", e.what()));
    }
    owner_.forget(id_);
  }

  Supervisor& owner_;
  const uint64_t id_;
  ProcessSpec spec_;
  Done done_;
  std::unique_ptr<Attachment> attachment_;
  ProcessResult result_;
  pid_t pid_ = -1;
  Fd pidfd_, pipes_[2];
  int64_t started_us_ = 0;
  uint64_t limit_ = 0, force_ = 0, drain_ = 0;
  bool launched_ = false, asked_ = false, reaped_ = false, all_gone_ = false, finished_ = false;
};

Supervisor::Supervisor(const SupervisorLimits& limits) : limits_(limits) {}

Supervisor::~Supervisor() {
  shut_down();
  reactor_.stop();
}

Result<uint64_t> Supervisor::start(ProcessSpec spec, Done done, std::unique_ptr<Attachment> attachment) {
  if (spec.argv.empty() || spec.argv[0].empty()) return fail("ProcessFailure", "no program to run", 500);
  std::shared_ptr<Child> child;
  uint64_t id;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (closed_) return fail("ServiceUnavailable", "The server is ending.", 503);
    if (spec.epoch < oldest_epoch_) return fail("ServiceUnavailable", "The server was reset before the process could start.", 503);
    if (entries_.size() >= limits_.running + limits_.queued) return fail("TooManyProcesses", "Too many processes are running and waiting.", 503);
    id = next_id_++;
    uint64_t epoch = spec.epoch;
    child = std::make_shared<Child>(*this, id, std::move(spec), std::move(done), std::move(attachment));
    entries_[id] = {epoch, child};
  }
  reactor_.post([this, child] {
    queue_.push_back(child);
    launch_queued();
  });
  return id;
}

void Supervisor::launch_queued() {
  while (!queue_.empty() && launched_ < limits_.running) {
    auto next = std::move(queue_.front());
    queue_.pop_front();
    launched_++;
    next->launch();
  }
}

// Supervisor's thread, when `done` has been called.
void Supervisor::forget(uint64_t id) {
  std::shared_ptr<Child> child;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    auto it = entries_.find(id);
    if (it == entries_.end()) return;
    child = std::move(it->second.child);
    entries_.erase(it);
    changed_.notify_all();
  }
  launched_--;
  if (!queue_.empty()) reactor_.post([this] { launch_queued(); });
}

void Supervisor::stop(uint64_t id) {
  reactor_.post([this, id] {
    std::shared_ptr<Child> child;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (auto it = entries_.find(id); it != entries_.end()) child = it->second.child;
    }
    if (!child) return;
    child->stop();
  });
}

// A queued one takes its turn at once: it finishes without having run.
void Supervisor::kill_where(const std::function<bool(const Entry&)>& which) {
  reactor_.post([this, which] {
    std::vector<std::shared_ptr<Child>> those;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      for (auto& [id, e] : entries_) if (which(e)) those.push_back(e.child);
    }
    for (auto& c : those) {
      c->abandon();
      auto waiting = std::find(queue_.begin(), queue_.end(), c);
      if (waiting == queue_.end()) continue;
      queue_.erase(waiting);
      launched_++;
      c->launch();
    }
  });
}

void Supervisor::end_older_than(uint64_t epoch) {
  auto older = [epoch](const Entry& e) { return e.epoch < epoch; };
  std::unique_lock<std::mutex> lock(mutex_);
  oldest_epoch_ = std::max(oldest_epoch_, epoch);
  auto none = [&] { return std::none_of(entries_.begin(), entries_.end(), [&](const auto& e) { return older(e.second); }); };
  if (none()) return;
  kill_where(older);
  changed_.wait(lock, none);
}

void Supervisor::shut_down() {
  std::unique_lock<std::mutex> lock(mutex_);
  closed_ = true;
  if (entries_.empty()) return;
  kill_where([](const Entry&) { return true; });
  changed_.wait(lock, [this] { return entries_.empty(); });
}

size_t Supervisor::running() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return entries_.size();
}

}  // namespace fogbank::run
