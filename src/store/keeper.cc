#include "store/keeper.h"

namespace fogbank::store {

Keeper::Keeper(const DatabaseFile& file, std::recursive_mutex& writer_mutex, std::function<void()> rest, ReaderPool& readers,
               BlobTable& blobs)
    : writer_mutex_(writer_mutex), rest_(std::move(rest)), readers_(readers), blobs_(blobs) {
  // A writing connection: its `synchronous` decides whether checkpoints sync.
  db_ = file.open_writer();
  db_.exec("PRAGMA wal_autocheckpoint = 0");
  thread_ = std::thread([this] { run(); });
}

void Keeper::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Keeper::log_grew(int frames) {
  frames_.store(frames, std::memory_order_relaxed);
  if (frames < kCheckpointAt) next_at_.store(kCheckpointAt, std::memory_order_relaxed);  // it has started again
  if (frames < next_at_.load(std::memory_order_relaxed)) return;
  next_at_.store(frames + kCheckpointAt, std::memory_order_relaxed);
  {
    std::lock_guard lock(mutex_);
    log_ = true;
    forced_ = frames >= kForceAt;
  }
  wake_.notify_one();
}

void Keeper::let_pass() {
  if (frames_.load(std::memory_order_relaxed) >= kHoldAt) {
    std::unique_lock lock(mutex_);
    passed_.wait_for(lock, std::chrono::milliseconds(kHoldMillis), [&] { return !forced_ || stopping_; });
  }
  std::lock_guard turn(turnstile_);
}

void Keeper::look_at_graves() {
  {
    std::lock_guard lock(mutex_);
    graves_ = true;
  }
  wake_.notify_one();
}

void Keeper::run() {
  std::unique_lock lock(mutex_);
  std::optional<int64_t> next_grave;
  while (!stopping_) {
    auto called = [&] { return stopping_ || graves_ || log_; };
    if (next_grave) {
      int64_t wait = std::max<int64_t>(1, *next_grave - steady_micros() / 1000);
      wake_.wait_for(lock, std::chrono::milliseconds(wait), called);
    } else {
      wake_.wait(lock, called);
    }
    if (stopping_) return;
    const bool log = std::exchange(log_, false);
    graves_ = false;
    lock.unlock();
    if (log) {
      try {
        checkpoint();
      } catch (const sqlite::Error&) {
        // The disk is full or broken; the commits report it to whoever writes. The next thousand frames try again.
      }
    }
    next_grave = blobs_.bury();
    lock.lock();
    if (log && !log_) {
      forced_ = false;
      passed_.notify_all();
    }
  }
}

void Keeper::checkpoint() {
  const bool force = frames_.load(std::memory_order_relaxed) >= kForceAt;
  // Only what no snapshot still needs can be copied, and the log starts again only if none needs it.
  struct Paused {
    explicit Paused(ReaderPool& r) : readers(r) { readers.pause(); }
    ~Paused() { readers.resume(); }
    Paused(const Paused&) = delete;
    ReaderPool& readers;
  };
  std::optional<Paused> paused;
  if (force) paused.emplace(readers_);
  const sqlite::Connection::Wal wal = db_.checkpoint();
  if (wal.copied == wal.frames && frames_.load(std::memory_order_relaxed) <= wal.frames) {
    restart_ = true;
    return;
  }
  if (!force) return;
  readers_.drain(kSnapshotAge);
  std::lock_guard first(turnstile_);
  std::lock_guard lock(writer_mutex_);
  rest_();
  db_.checkpoint();
}

}  // namespace fogbank::store
