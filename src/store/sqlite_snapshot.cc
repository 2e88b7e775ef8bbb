// Reset and snapshots of the SQLite store: everything that replaces or copies all of it.
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

#include "base/strings.h"
#include "store/key_layout.h"
#include "store/sqlite_store.h"

namespace fogbank::store {
namespace {

constexpr std::string_view kFlavour = "sqlite";
constexpr const char* kTables[] = {"meta", "record", "task", "task_moved", "task_queue", "blob"};

tl::unexpected<ApiError> refused(std::string_view why) {
  return fail("InvalidSnapshot", cat("the file is not a usable snapshot: ", why), 400);
}

void remove_path(const std::string& path) {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

struct AtEnd {
  std::function<void()> f;
  ~AtEnd() { f(); }
};

/// The numbers that must not be given twice, also not those of the data that is replaced.
constexpr const char* kCounters[] = {"last_version", "last_task", "last_blob_range"};

}  // namespace

Result<void> SqliteStore::replace(bool everything, const std::function<void()>& change) {
  Inside::refuse_commit();
  std::lock_guard order(commit_mutex_);
  std::exception_ptr thrown;
  std::optional<std::string> error;
  Batch batch{0, true, {}, Millis(0)};  // look for tasks anew
  const std::vector<std::string> no_keys;
  while (true) {
    if (auto t = commit_in_order(); t && !thrown) thrown = t;
    std::lock_guard lock(mutex_);
    if (!open_.empty()) continue;  // written since
    coherence_.begin();
    error = transaction([&] {
      change();
      set_meta(writer_, "epoch", int64_t(epoch_ + 1));
    });
    if (error) {
      blobs_.rolled_back();
      coherence_.end({});
      break;
    }
    epoch_++;
    authority_version_++;
    versions_.load(writer_, "last_version", 100'000);
    tasks_.reload(everything);
    if (everything) blobs_.replaced();
    else blobs_.committed({});
    batch.ticket = next_ticket_++;
    coherence_.end_all();
    settled(batch.ticket, true);
    break;
  }
  keeper_->look_at_graves();
  if (!error) {
    if (auto t = notify({batch.ticket, true, no_keys, Millis(0)}); t && !thrown) thrown = t;
  }
  if (thrown) std::rethrow_exception(thrown);
  if (error) return fail(unavailable(*error));
  return {};
}

Result<void> SqliteStore::reset(const ResetScope& what) {
  const bool everything = what.account.empty() && what.service.empty();
  return replace(everything, [&] {
    tasks_.erase(what);
    if (everything) {
      writer_.exec("DELETE FROM record; DELETE FROM blob;");
      blobs_.next_generation();
    } else {
      erase_records(what);
      blobs_.erase(what);
    }
  });
}

/// Jumps from one service of one scope to the next.
void SqliteStore::erase_records(const ResetScope& what) {
  sqlite::Statement next = writer_.prepare("SELECT key FROM record WHERE key >= ? ORDER BY key LIMIT 1");
  sqlite::Statement erase = writer_.prepare("DELETE FROM record WHERE key >= ? AND key < ?");
  std::string at;
  while (true) {
    std::string key;
    {
      sqlite::Using s(next);
      if (!s->bind(1, at).step()) return;
      key = s->bytes(0);
    }
    const KeyHead head = key_head(key);
    const std::string_view prefix = service_prefix(key);
    at = after_bytes(prefix);
    const bool account = what.account.empty() || head.scope.account.value == what.account;
    const bool service = what.service.empty() || head.service == what.service;
    if (account && service) erase.bind(1, prefix).bind(2, at).run();
  }
}

Result<void> SqliteStore::save_snapshot_with(const std::string& file, const Attachments& attachments) {
  std::lock_guard one(snapshot_mutex_);
  commit();
  blobs_.hold_graves(+1);  // blobs that are dropped from here on stay until they are copied
  AtEnd release{[this] { blobs_.hold_graves(-1); keeper_->look_at_graves(); }};
  const std::string database = directory_ + "/snapshot.db";
  remove_path(database);
  AtEnd tidy{[&] { remove_path(database); }};
  try {
    sqlite::Connection db(file_.path, sqlite::Connection::Mode::existing, file_.vfs);
    sqlite::Statement copy = db.prepare("VACUUM INTO ?");  // reads one state while writes go on
    copy.bind_text(1, database).run();
  } catch (const sqlite::Error& e) {
    return fail(unavailable(e.what()));
  }
  ArchiveWriter archive;
  FB_TRY(archive.open(file, kFlavour));
  FB_TRY(save_pieces(archive, database));
  FB_TRY(archive.add(attachments));
  return archive.finish();
}

Result<void> SqliteStore::save_pieces(ArchiveWriter& archive, const std::string& database) {
  try {
    FB_ASSIGN(fd, [&]() -> Result<int> {
      int opened = ::open(database.c_str(), O_RDONLY | O_CLOEXEC);
      if (opened < 0) return fail(unavailable(cat("cannot open ", database)));
      return opened;
    }());
    std::unique_ptr<BlobReader> copy = file_reader(fd, int64_t(std::filesystem::file_size(database)));
    FB_TRY(archive.add_file(Piece::database, 0, copy->fd(), copy->size()));
    sqlite::Connection db(database, sqlite::Connection::Mode::existing);
    const uint64_t generation = uint64_t(meta(db, "blob_generation"));
    sqlite::Statement blobs = db.prepare("SELECT id, size FROM blob ORDER BY id");
    while (blobs.step()) {
      const uint64_t id = uint64_t(blobs.integer(0));
      FB_ASSIGN(blob, blob_files_.open(generation, id));
      std::unique_ptr<BlobReader> reader = file_reader(blob, blobs.integer(1));
      FB_TRY(archive.add_file(Piece::blob, id, reader->fd(), reader->size()));
    }
    return {};
  } catch (const sqlite::Error& e) {
    return fail(unavailable(e.what()));
  }
}

/// Unpacks and checks an archive; nothing of it is used yet.
Result<Attachments> SqliteStore::unpack(ArchiveReader& archive, const std::string& database, uint64_t generation) {
  Attachments attachments;
  std::map<uint64_t, int64_t> blobs;
  bool has_database = false;
  while (true) {
    FB_ASSIGN(head, archive.next());
    if (head.kind == Piece::end) break;
    if (head.kind == Piece::attachment) {
      FB_TRY(archive.read_attachment(attachments));
      continue;
    }
    int fd;
    if (head.kind == Piece::database) {
      if (std::exchange(has_database, true)) return refused("it holds two databases");
      fd = ::open(database.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
      if (fd < 0) return fail(unavailable(cat("cannot create ", database)));
    } else {
      if (head.id == 0 || !blobs.emplace(head.id, head.size).second) return refused("a blob is there twice");
      FB_ASSIGN(created, blob_files_.create(generation, head.id));
      fd = created;
    }
    auto copied = [&]() -> Result<void> {
      while (true) {
        FB_ASSIGN(bytes, archive.read());
        if (bytes.empty()) return {};
        FB_TRY(write_fully(fd, bytes));
      }
    }();
    if (head.kind == Piece::blob && copied) FB_TRY(blob_files_.finish(generation, head.id, fd));
    else ::close(fd);
    FB_TRY(copied);
  }
  if (!has_database) return refused("it holds no database");
  try {
    sqlite::Connection db(database, sqlite::Connection::Mode::existing);
    db.exec("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;");
    check_format(db);
    if (db.text("PRAGMA integrity_check") != "ok") return refused("its database is damaged");
    std::map<uint64_t, int64_t> expected;
    sqlite::Statement rows = db.prepare("SELECT id, size FROM blob");
    while (rows.step()) expected[uint64_t(rows.integer(0))] = rows.integer(1);
    if (expected != blobs) return refused("its blobs are not those of its records");
    sqlite::Statement keys = db.prepare("SELECT key FROM record");
    while (keys.step()) key_parts(keys.bytes(0));
  } catch (const std::exception& e) {  // sqlite::Error, FormatError, std::invalid_argument
    return refused(e.what());
  }
  return attachments;
}

Result<void> SqliteStore::load_snapshot_with(const std::string& file, const TakeAttachments& take) {
  std::lock_guard one(snapshot_mutex_);
  const std::string folder = directory_ + "/loading", database = folder + "/store.db";
  // Not begun by anything else: resets also begin generations, but wait for the writer's mutex and are checked below.
  const uint64_t generation = blobs_.generation() + 1;
  remove_path(folder);
  remove_path(blob_files_.generation_path(generation));
  bool loaded = false;
  AtEnd tidy{[&] {
    remove_path(folder);
    if (!loaded) remove_path(blob_files_.generation_path(generation));
  }};
  std::error_code error;
  if (!std::filesystem::create_directory(folder, error)) return fail(unavailable(cat("cannot create ", folder, ": ", error.message())));
  ArchiveReader archive;
  FB_TRY(archive.open(file, kFlavour));
  FB_ASSIGN(attachments, unpack(archive, database, generation));
  if (take) FB_TRY(take(attachments));

  bool attached = false;
  auto attach = [&](bool on) {
    std::lock_guard lock(mutex_);
    rest_writer();
    sqlite::Statement s = writer_.prepare(on ? "ATTACH ? AS loaded" : "DETACH loaded");
    if (on) s.bind_text(1, database);
    s.run();
    attached = on;
  };
  try {
    attach(true);
  } catch (const sqlite::Error& e) {
    return fail(unavailable(e.what()));
  }
  AtEnd detach{[&] {
    try {
      if (attached) attach(false);
    } catch (const sqlite::Error&) {
      // It stays attached, unused; the next load says so.
    }
  }};
  auto done = replace(true, [&] {
    if (blobs_.generation() + 1 != generation) throw std::runtime_error("the store was reset while the snapshot was loaded");
    std::map<std::string_view, int64_t> counters;
    for (const char* name : kCounters) counters[name] = meta(writer_, name);
    for (const char* table : kTables) {
      writer_.exec(cat("DELETE FROM main.", table, "; INSERT INTO main.", table, " SELECT * FROM loaded.", table));
    }
    for (const auto& [name, value] : counters) set_meta(writer_, name, std::max(value, meta(writer_, name)));
    blobs_.next_generation();
  });
  FB_TRY(done);
  loaded = true;
  return {};
}

}  // namespace fogbank::store
