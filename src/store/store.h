// The store: records, tasks, blobs, sequences and watches, behind one contract with two implementations.
//
// Contract
//   * Records are ordered by key (partition, account, Region, service, table, key parts) and carry the version of the commit that wrote them.
//   * `read` gives a snapshot of what is committed. `write` runs a function that may be run again (so it has no effects of its own),
//     sees everything applied before it, and applies its changes all together or not at all. It returns when *applied*, with a ticket:
//     the changes become durable and visible to `read` when the ticket's batch is committed.
//     Nobody outside may learn of a write before that: the gateway holds a reply until `committed() >= ticket`.
//   * One batch is committed by `commit()`, called by the server's loop at the end of each turn (so the writes of one turn share one
//     commit and no thread is woken), or by any thread that needs durability now. Batches commit in the order of their tickets.
//   * A transaction touches at most kMaxKeys keys and kMaxBytes bytes; more is an error (std::length_error): use a chain of tasks.
//   * A failed commit (disk full, I/O error) undoes the whole batch: `on_commit` reports it, each of its replies becomes a 5xx,
//     reads go on, and later writes work again as soon as the disk does.
// Threads: all members of Store may be called from any thread. A Reader or Txn belongs to the call that received it.
//   `write` and `commit` inside read, write or a hook throw std::logic_error, except that on_commit's subscribers may write.
// Crash: after kill -9 everything committed is there, nothing else. With Durability::power the same holds after a power cut.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/record.h"
#include "base/scope.h"

namespace fogbank::store {

using Version = uint64_t;  ///< of a record: number of the transaction that wrote it; grows
using Ticket = uint64_t;   ///< number of a batch of applied writes; 0: nothing was written

inline constexpr size_t kMaxKeys = 1000;
inline constexpr size_t kMaxBytes = 4 << 20;
inline constexpr size_t kInlineBlob = 64 << 10;
inline constexpr Millis kSnapshotAge = 1000;  ///< an older read may be ended while the write-ahead log is over its bound

/// The answer to a write that could not be stored (disk full, I/O error, read-only): ServiceUnavailable, 503. `detail` is for the log.
ApiError unavailable(std::string detail);

/// Thrown out of Store::read when its snapshot grew older than kSnapshotAge and was in the way of the write-ahead log's bound.
struct SnapshotExpired : std::runtime_error { SnapshotExpired() : std::runtime_error("the read took too long and lost its snapshot") {} };

class Coherence;  // coherence.h: keeps Cache<T> (cache.h) in step with commits

/// A table of records; declare it once per service as a constant. `authority`: a change of it may change what somebody is allowed
/// (policies, keys, groups): every put or erase in it raises Store::authority_version().
struct Table {
  std::string_view service;
  std::string_view name;
  bool authority = false;
};

/// An encoded, order-preserving key. Build it with `key(scope, table, parts…)`: a part is a text (any bytes, ordered bytewise, a
/// shorter text before its continuations) or an unsigned number (ordered by value). Fewer parts make the prefix of a range.
class Key {
 public:
  Key() = default;
  static Key raw(std::string bytes, bool authority) { Key k; k.bytes_ = std::move(bytes); k.authority_ = authority; return k; }
  const std::string& bytes() const { return bytes_; }
  bool authority() const { return authority_; }
  Key& operator<<(std::string_view text);
  Key& operator<<(uint64_t number);
  /// Appends the beginning of a text part: the prefix of all keys whose next part begins with `text` (S3's Prefix, begins_with).
  Key& begins(std::string_view text);
  /// The smallest key after all keys that begin with this one.
  Key after_prefix() const;
  friend bool operator==(const Key& a, const Key& b) { return a.bytes_ == b.bytes_; }
  friend bool operator<(const Key& a, const Key& b) { return a.bytes_ < b.bytes_; }

 private:
  std::string bytes_;
  bool authority_ = false;
};

/// Prefix of all keys of a table in a scope. Layout in docs/store.md.
Key key(const Scope& scope, const Table& table);
template <class... Part> Key key(const Scope& scope, const Table& table, const Part&... parts) {
  Key k = key(scope, table);
  (void)(k << ... << parts);
  return k;
}
/// The parts of a key after its table, decoded. A number part is returned as its 8 bytes, big endian; `number_part` reads it.
std::vector<std::string> key_parts(std::string_view encoded);
uint64_t number_part(std::string_view part);
/// Scope, service and table of an encoded key.
struct KeyHead { Scope scope; std::string service, table; };
KeyHead key_head(std::string_view encoded);

struct Item { std::string bytes; Version version = 0; };

enum class Order { ascending, descending };

/// What a blob is: inline bytes up to kInlineBlob, else a file. Embed it in records as a field. A default Blob is empty bytes.
struct BlobRef {
  uint64_t file = 0;     ///< 0: the bytes are inline
  int64_t size = 0;
  std::string inline_bytes;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, file); a(2, size); a(3, inline_bytes); a(unknown); }
};

class Reader {
 public:
  virtual ~Reader() = default;
  virtual std::optional<Item> get(const Key& key) = 0;
  /// Visits keys in [from, to) until `visit` returns false. The views are valid during the call only. `visit` may call get().
  using Visit = std::function<bool(std::string_view key, std::string_view bytes, Version version)>;
  virtual void scan(const Key& from, const Key& to, Order order, const Visit& visit) = 0;

  template <class T> std::optional<T> get_as(const Key& k) {
    auto item = get(k);
    if (!item) return std::nullopt;
    return decode<T>(item->bytes);
  }
  bool has(const Key& k) { return get(k).has_value(); }
  /// For Cache<T>: the commit phase that this view of the key belongs to; nothing if writes that are not committed changed the key.
  virtual std::optional<uint64_t> cache_phase(const Key&) { return std::nullopt; }
  void scan_prefix(const Key& prefix, const Visit& visit) { scan(prefix, prefix.after_prefix(), Order::ascending, visit); }
};

/// A task: what is to happen and when. `kind` names its handler ("s3.notify"). Tasks of one lane run one at a time in the order of their
/// due time and id; an empty lane means no order.
struct Task {
  uint64_t id = 0;            ///< given by schedule(); orders tasks of equal due time
  Millis due = 0;             ///< on the virtual clock
  std::string kind;
  Scope scope;                ///< account for fair claims
  std::string lane;
  std::string payload;        ///< the handler's record
  std::string authority;      ///< encoded authority record of whoever caused it; see auth/principal.h
  int attempts = 0;           ///< runs that ended in failure
  int step = 0;               ///< how far a chain of steps has come; part of the effect id
  bool recurring = false;     ///< recurrences do not keep the server from being idle
  std::string trace;          ///< trace header of what caused it (trace_scope.h); calls that the task makes carry it
  bool held = false;          ///< failed and keeps its lane: later tasks of the lane wait although its new due time is after theirs
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, kind); a(2, scope.partition.value); a(3, scope.account.value); a(4, scope.region.value); a(5, lane); a(6, payload);
    a(7, authority); a(8, attempts); a(9, step); a(10, recurring); a(11, held); a(12, trace); a(unknown);
  }
};

class Txn : public Reader {
 public:
  virtual void put(const Key& key, std::string_view bytes) = 0;
  virtual void erase(const Key& key) = 0;
  template <class T> void put_record(const Key& k, const T& record) { put(k, encode(record)); }

  /// Next number of a named sequence of the scope: 1, 2, 3 … without gaps among committed transactions.
  virtual uint64_t next(const Scope& scope, std::string_view name) = 0;
  /// This transaction's version, as its records will carry it.
  virtual Version version() const = 0;

  virtual uint64_t schedule(Task task) = 0;          ///< returns the task's id
  virtual void cancel(uint64_t task_id) = 0;         ///< does nothing if the task is gone
  /// Writes the task again (same id; new due, attempts, step, payload). Does nothing if it was cancelled meanwhile.
  virtual void reschedule(const Task& task) = 0;

  /// Makes a finished blob part of the records (it stays until dropped), or gives it up. Both take effect with the transaction.
  /// `owner` is the key of the record that refers to it: a reset of that account or service then drops the blob too.
  virtual void keep(const BlobRef& blob, const Key& owner) = 0;
  virtual void drop(const BlobRef& blob) = 0;

  /// Wakes what watches this key although no record of that key is written.
  virtual void signal(const Key& key) = 0;
};

/// Receives the bytes of a blob, in order, from one thread at a time. Small blobs never touch the disk.
class BlobWriter {
 public:
  virtual ~BlobWriter() = default;            ///< an unfinished blob is removed
  virtual Result<void> append(std::string_view bytes) = 0;   ///< fails with ServiceUnavailable when the disk is full
  virtual Result<BlobRef> finish() = 0;       ///< the blob is then pending: keep() it, or start-up's sweep removes it
};

/// An open blob; reading goes on even if it is dropped meanwhile. `fd` is -1 for inline blobs.
class BlobReader {
 public:
  virtual ~BlobReader() = default;
  virtual int fd() const = 0;
  virtual int64_t size() const = 0;
  virtual Result<std::string> read(int64_t offset, size_t bytes) = 0;
};

enum class Durability { process, power };

struct Options {
  std::string directory;                       ///< empty: nothing is kept (--ephemeral keeps it in memory and a temporary folder)
  Durability durability = Durability::process;
};

class Store {
 public:
  virtual ~Store() = default;                  ///< commits what is applied, then closes

  virtual void read(const std::function<void(Reader&)>& f) = 0;
  /// Runs `f`; if it returns an error nothing is applied and the error is returned. Must not be called inside read or write.
  virtual Result<Ticket> write(const std::function<Result<void>(Txn&)>& f) = 0;
  virtual void commit() = 0;                   ///< commits all that is applied; waits for another thread's commit
  virtual Ticket committed() const = 0;        ///< newest batch that is settled: durable, or failed
  virtual bool failed(Ticket t) const = 0;     ///< true if that batch was undone by a failed commit (the newest few thousand are known)
  /// Newest batch with applied writes. Whatever a write function saw may be of it, so also its error is only true once this is committed.
  virtual Ticket applied() const = 0;

  /// Called on the committing thread after each batch, with what it changed; used for watches and wake-ups. Set before use; each call
  /// adds a subscriber. Never called by the destructor. A watch may be told later than the batch (a second call with the same ticket).
  struct Batch {
    Ticket ticket;
    bool ok;                                   ///< false: everything in it was undone
    const std::vector<std::string>& keys;      ///< encoded keys put, erased or signalled
    std::optional<Millis> earliest_task;       ///< smallest due time scheduled in it
    std::string error = {};                    ///< why it failed; for the log
  };
  virtual void on_commit(std::function<void(const Batch&)> f) = 0;
  /// Called (any thread) when the first write of a new batch is applied: somebody should soon call commit().
  virtual void on_applied(std::function<void()> f) = 0;
  /// Called inside each commit just before it, with a transaction of its own: for access records, which join the batch. If it throws,
  /// its changes are left out, the batch is committed, and commit() throws the exception afterwards.
  virtual void before_commit(std::function<void(Txn&)> f) = 0;

  /// Counts applied changes of tables marked `authority`.
  virtual uint64_t authority_version() const = 0;
  virtual Coherence& coherence() = 0;

  /// Tasks due at or before `now`, at most `limit`, oldest first but rotating over accounts, none of a lane that has an earlier one
  /// claimed or held. `wanted` is asked once per kind. Claims are leases of this process in memory: after a crash every unfinished task is claimable again.
  virtual std::vector<Task> claim(Millis now, size_t limit, const std::function<bool(std::string_view kind)>& wanted) = 0;
  virtual void release(uint64_t task_id) = 0;              ///< ends a claim; the task itself is changed or cancelled by a write
  virtual std::optional<Millis> next_due(bool recurring_too) = 0;  ///< the earliest due time of unclaimed tasks
  virtual size_t claimed() const = 0;

  virtual Result<std::unique_ptr<BlobWriter>> new_blob() = 0;
  virtual Result<std::unique_ptr<BlobReader>> open_blob(const BlobRef& blob) = 0;

  /// The epoch: raised by reset and by loading a snapshot; what began in an older epoch must not act any more.
  virtual uint64_t epoch() const = 0;
  struct ResetScope { std::string account, service; };     ///< empty: all
  virtual Result<void> reset(const ResetScope& what) = 0;  ///< raises the epoch
  virtual Result<void> save_snapshot(const std::string& file) = 0;  ///< one file with records, tasks and blobs, consistent
  virtual Result<void> load_snapshot(const std::string& file) = 0;  ///< replaces everything; raises the epoch

  struct Stats { uint64_t records = 0, tasks = 0, blobs = 0, blob_bytes = 0, wal_bytes = 0, database_bytes = 0; };
  virtual Stats stats() = 0;
};

/// SQLite in WAL mode plus a folder of blob files. Fails with a clear text if another process has the directory open.
Result<std::unique_ptr<Store>> open_sqlite(const Options& options);

/// In memory and hostile: aborts and reruns write functions at random, delays watches. For tests: nothing may rely on one process.
struct Hostility { uint64_t seed = 1; double abort = 0.2; double delay_watch = 0.3; };
std::unique_ptr<Store> open_hostile(const Hostility& hostility = {});

}  // namespace fogbank::store
