// The hostile store's tasks, blobs, resets and snapshots: the plainest code that fulfils the contract.
#include <sys/mman.h>
#include <unistd.h>

#include "base/strings.h"
#include "store/blob_files.h"
#include "store/hostile_store.h"
#include "store/key_layout.h"

namespace fogbank::store {
namespace {

constexpr std::string_view kFlavour = "hostile";

std::string lane_of(const Task& t) { return t.lane.empty() ? "" : cat(t.scope.partition, '/', t.scope.account, '/', t.lane); }
bool before(const Task* a, const Task* b) { return a->due != b->due ? a->due < b->due : a->id < b->id; }

/// A snapshot's content.
struct Dump {
  struct Record { std::string key, bytes; uint64_t version = 0; template <class A> void fields(A& a) { a(1, key); a(2, bytes); a(3, version); } };
  struct DumpedTask { uint64_t id = 0; int64_t due = 0; Task task; template <class A> void fields(A& a) { a(1, id); a(2, due); a(3, task); } };
  struct Kept { uint64_t id = 0; std::string owner; template <class A> void fields(A& a) { a(1, id); a(2, owner); } };
  std::vector<Record> records;
  std::vector<DumpedTask> tasks;
  std::vector<Kept> kept;
  template <class A> void fields(A& a) { a(1, records); a(2, tasks); a(3, kept); }
};

}  // namespace

/// Unclaimed tasks that may run once they are due, in order: of each lane the held one, else the first; none while one is claimed.
std::vector<const Task*> HostileStore::claimable() const {
  std::map<std::string, const Task*> first_of_lane;
  std::set<std::string> taken;
  std::vector<const Task*> out;
  for (const auto& [id, task] : tasks_) {
    const std::string lane = lane_of(task);
    if (leases_.contains(id)) taken.insert(lane);
    else if (lane.empty()) out.push_back(&task);
    else {
      const Task*& first = first_of_lane[lane];
      if (!first || (task.held && !first->held) || (task.held == first->held && before(&task, first))) first = &task;
    }
  }
  for (const auto& [lane, task] : first_of_lane) if (!taken.contains(lane)) out.push_back(task);
  std::sort(out.begin(), out.end(), before);
  return out;
}

std::vector<Task> HostileStore::claim(Millis now, size_t limit, const std::function<bool(std::string_view kind)>& wanted) {
  std::lock_guard lock(mutex_);
  std::map<std::string, std::deque<const Task*>> accounts;
  for (const Task* t : claimable()) {
    if (t->due <= now && wanted(t->kind)) accounts[t->scope.account.value].push_back(t);
  }
  std::vector<Task> out;
  while (out.size() < limit && !accounts.empty()) {
    auto at = accounts.upper_bound(last_account_);
    if (at == accounts.end()) at = accounts.begin();
    last_account_ = at->first;
    const Task* t = at->second.front();
    at->second.pop_front();
    if (at->second.empty()) accounts.erase(at);
    leases_.insert(t->id);
    out.push_back(*t);
  }
  return out;
}

void HostileStore::release(uint64_t task_id) {
  std::lock_guard lock(mutex_);
  leases_.erase(task_id);
}

std::optional<Millis> HostileStore::next_due(bool recurring_too) {
  std::lock_guard lock(mutex_);
  for (const Task* t : claimable()) if (recurring_too || !t->recurring) return t->due;
  return std::nullopt;
}

size_t HostileStore::claimed() const {
  std::lock_guard lock(mutex_);
  return leases_.size();
}

class HostileBlobWriter final : public BlobWriter {
 public:
  explicit HostileBlobWriter(HostileStore& store) : store_(store) {}
  Result<void> append(std::string_view bytes) override {
    bytes_.append(bytes);
    return {};
  }
  Result<BlobRef> finish() override {
    BlobRef ref;
    ref.size = int64_t(bytes_.size());
    if (bytes_.size() <= kInlineBlob) {
      ref.inline_bytes = std::move(bytes_);
      return ref;
    }
    std::lock_guard lock(store_.mutex_);
    ref.file = ++store_.last_blob_;
    store_.blobs_[ref.file] = std::make_shared<const std::string>(std::move(bytes_));
    return ref;
  }

 private:
  HostileStore& store_;
  std::string bytes_;
};

Result<std::unique_ptr<BlobWriter>> HostileStore::new_blob() { return std::make_unique<HostileBlobWriter>(*this); }

Result<std::unique_ptr<BlobReader>> HostileStore::open_blob(const BlobRef& blob) {
  if (blob.file == 0) return inline_reader(blob.inline_bytes);
  std::shared_ptr<const std::string> bytes;
  {
    std::lock_guard lock(mutex_);
    auto found = blobs_.find(blob.file);
    if (found == blobs_.end()) return fail(unavailable("no such blob"));
    bytes = found->second;
  }
  // A real descriptor, as the other store gives.
  int fd = ::memfd_create("blob", MFD_CLOEXEC);
  if (fd < 0) return fail(unavailable("no memory file for a blob"));
  auto reader = file_reader(fd, int64_t(bytes->size()));
  FB_TRY(write_fully(fd, *bytes));
  return reader;
}

Result<void> HostileStore::replace(const std::function<Result<void>(Ticket)>& change) {
  Inside::refuse_commit();
  std::lock_guard order(commit_mutex_);
  std::exception_ptr thrown;
  Ticket ticket;
  while (true) {
    if (auto t = commit_in_order(); t && !thrown) thrown = t;
    std::lock_guard lock(mutex_);
    if (!open_.empty()) continue;
    coherence_.begin();
    ticket = next_ticket_;
    if (auto done = change(ticket); !done) {
      coherence_.end({});
      return done;
    }
    next_ticket_++;
    epoch_++;
    authority_version_++;
    std::erase_if(leases_, [&](uint64_t id) { return !tasks_.contains(id); });
    coherence_.end_all();
    committed_ = ticket;
    break;
  }
  const std::vector<std::string> no_keys;
  if (auto t = notify({ticket, true, no_keys, Millis(0)}); t && !thrown) thrown = t;
  if (thrown) std::rethrow_exception(thrown);
  return {};
}

Result<void> HostileStore::reset(const ResetScope& what) {
  auto concerns = [&](std::string_view account, std::string_view service) {
    return (what.account.empty() || account == what.account) && (what.service.empty() || service == what.service);
  };
  return replace([&](Ticket ticket) -> Result<void> {
    std::vector<std::string> gone;
    for (const auto& [key, cells] : cells_) {
      const KeyHead head = key_head(key);
      if (concerns(head.scope.account, head.service)) gone.push_back(key);
    }
    for (const std::string& key : gone) set(key, ticket, std::nullopt);
    std::erase_if(tasks_, [&](const auto& t) {
      return concerns(t.second.scope.account, std::string_view(t.second.kind).substr(0, t.second.kind.find('.')));
    });
    const bool everything = what.account.empty() && what.service.empty();
    std::erase_if(kept_, [&](const auto& kept) {
      if (!everything) {
        if (kept.second.owner.empty()) return false;
        const KeyHead head = key_head(kept.second.owner);
        if (!concerns(head.scope.account, head.service)) return false;
      }
      graves_.emplace_back(steady_micros() / 1000 + 5000, kept.first);
      return true;
    });
    return {};
  });
}

std::string HostileStore::dump() const {
  Dump d;
  for (const auto& [key, cells] : cells_) {
    if (const Item* item = visible(cells, committed_)) d.records.push_back({key, item->bytes, item->version});
  }
  for (const auto& [id, task] : tasks_) d.tasks.push_back({id, task.due, task});
  for (const auto& [id, kept] : kept_) d.kept.push_back({id, kept.owner});
  return encode(d);
}

Result<void> HostileStore::save_snapshot_with(const std::string& file, const Attachments& attachments) {
  commit();
  std::string content;
  std::map<uint64_t, std::shared_ptr<const std::string>> blobs;
  {
    std::lock_guard lock(mutex_);
    content = dump();
    for (const auto& [id, kept] : kept_) if (auto found = blobs_.find(id); found != blobs_.end()) blobs.insert(*found);
  }
  ArchiveWriter archive;
  FB_TRY(archive.open(file, kFlavour));
  FB_TRY(archive.add(Piece::database, 0, content));
  for (const auto& [id, bytes] : blobs) FB_TRY(archive.add(Piece::blob, id, *bytes));
  FB_TRY(archive.add(attachments));
  return archive.finish();
}

Result<void> HostileStore::load_snapshot_with(const std::string& file, const TakeAttachments& take) {
  ArchiveReader archive;
  FB_TRY(archive.open(file, kFlavour));
  std::optional<Dump> dump;
  Attachments attachments;
  std::map<uint64_t, std::shared_ptr<const std::string>> blobs;
  while (true) {
    FB_ASSIGN(head, archive.next());
    if (head.kind == Piece::end) break;
    if (head.kind == Piece::attachment) {
      FB_TRY(archive.read_attachment(attachments));
      continue;
    }
    FB_ASSIGN(bytes, archive.read(size_t(head.size)));
    if (head.kind == Piece::database) dump = decode<Dump>(bytes);
    else blobs[head.id] = std::make_shared<const std::string>(std::move(bytes));
  }
  if (!dump) return fail("InvalidSnapshot", "the file is not a usable snapshot: it holds no records", 400);
  if (take) FB_TRY(take(attachments));
  return replace([&](Ticket ticket) -> Result<void> {
    std::vector<std::string> gone;
    for (const auto& [key, cells] : cells_) gone.push_back(key);
    for (const std::string& key : gone) set(key, ticket, std::nullopt);
    for (const auto& r : dump->records) {
      set(r.key, ticket, Item{r.bytes, r.version});
      last_version_ = std::max(last_version_, r.version);
    }
    tasks_.clear();
    leases_.clear();
    for (auto& t : dump->tasks) {
      t.task.id = t.id;
      t.task.due = t.due;
      last_task_ = std::max(last_task_, t.id);
      tasks_[t.id] = std::move(t.task);
    }
    kept_.clear();
    graves_.clear();
    blobs_ = std::move(blobs);
    for (const auto& k : dump->kept) kept_[k.id] = {k.owner};
    if (!blobs_.empty()) last_blob_ = std::max(last_blob_, blobs_.rbegin()->first);
    return {};
  });
}

Store::Stats HostileStore::stats() {
  std::lock_guard lock(mutex_);
  Stats s;
  for (const auto& [key, cells] : cells_) s.records += visible(cells, committed_) != nullptr;
  s.tasks = tasks_.size();
  s.blobs = kept_.size();
  for (const auto& [id, kept] : kept_) if (auto b = blobs_.find(id); b != blobs_.end()) s.blob_bytes += b->second->size();
  return s;
}

}  // namespace fogbank::store
