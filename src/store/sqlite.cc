#include "store/sqlite.h"

#include <sqlite3.h>

namespace fogbank::store::sqlite {
namespace {

void check(int code, sqlite3* db) {
  if (code == SQLITE_OK) return;
  throw Error(db ? sqlite3_extended_errcode(db) : code, db ? sqlite3_errmsg(db) : sqlite3_errstr(code));
}

/// SQLite's memory statistics take a global mutex at every allocation, and nobody reads them.
void configure_once() {
  static const int done = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  (void)done;  // refused (and harmless) if the library was already in use
}

const char* data_of(std::string_view s) { return s.data() ? s.data() : ""; }  // a null pointer would bind NULL

}  // namespace

Statement::~Statement() { sqlite3_finalize(stmt_); }

void Statement::fail() {
  sqlite3* db = sqlite3_db_handle(stmt_);
  Error error(sqlite3_extended_errcode(db), sqlite3_errmsg(db));
  sqlite3_reset(stmt_);
  throw error;
}

Statement& Statement::bind(int index, std::string_view bytes) {
  if (sqlite3_bind_blob64(stmt_, index, data_of(bytes), bytes.size(), SQLITE_STATIC) != SQLITE_OK) fail();
  return *this;
}
Statement& Statement::bind_text(int index, std::string_view text) {
  if (sqlite3_bind_text64(stmt_, index, data_of(text), text.size(), SQLITE_STATIC, SQLITE_UTF8) != SQLITE_OK) fail();
  return *this;
}
Statement& Statement::bind(int index, int64_t value) {
  if (sqlite3_bind_int64(stmt_, index, value) != SQLITE_OK) fail();
  return *this;
}
Statement& Statement::bind_null(int index) {
  if (sqlite3_bind_null(stmt_, index) != SQLITE_OK) fail();
  return *this;
}

bool Statement::step() {
  int code = sqlite3_step(stmt_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) fail();
  return false;
}

void Statement::run() {
  while (step()) {}
  sqlite3_reset(stmt_);
}

void Statement::reset() { sqlite3_reset(stmt_); }
int64_t Statement::integer(int column) const { return sqlite3_column_int64(stmt_, column); }
bool Statement::null(int column) const { return sqlite3_column_type(stmt_, column) == SQLITE_NULL; }

std::string_view Statement::bytes(int column) const {
  const void* data = sqlite3_column_blob(stmt_, column);
  return {static_cast<const char*>(data), data ? size_t(sqlite3_column_bytes(stmt_, column)) : 0};
}

Connection::Connection(const std::string& path, Mode mode, const std::string& vfs) {
  configure_once();
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  if (mode == Mode::read_only) flags |= SQLITE_OPEN_READONLY;
  else flags |= SQLITE_OPEN_READWRITE | (mode == Mode::create ? SQLITE_OPEN_CREATE : 0);
  int code = sqlite3_open_v2(path.c_str(), &db_, flags, vfs.empty() ? nullptr : vfs.c_str());
  if (code != SQLITE_OK) {
    Error error(code, db_ ? sqlite3_errmsg(db_) : sqlite3_errstr(code));
    sqlite3_close_v2(std::exchange(db_, nullptr));
    throw error;
  }
  // One process and one writer: a lock is only ever held for moments (recovery, a checkpoint's end).
  sqlite3_busy_timeout(db_, 10'000);
}

Connection::~Connection() { sqlite3_close_v2(db_); }

void Connection::exec(const std::string& sql) { check(sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr), db_); }

Statement Connection::prepare(std::string_view sql) {
  sqlite3_stmt* stmt = nullptr;
  check(sqlite3_prepare_v3(db_, sql.data(), int(sql.size()), SQLITE_PREPARE_PERSISTENT, &stmt, nullptr), db_);
  return Statement(stmt);
}

int64_t Connection::integer(std::string_view sql) {
  Statement s = prepare(sql);
  return s.step() ? s.integer(0) : 0;
}

std::string Connection::text(std::string_view sql) {
  Statement s = prepare(sql);
  return s.step() ? std::string(s.bytes(0)) : std::string();
}

bool Connection::in_transaction() const { return !sqlite3_get_autocommit(db_); }
int64_t Connection::changes() const { return sqlite3_changes64(db_); }

Connection::Wal Connection::checkpoint() {
  Wal wal;
  int code = sqlite3_wal_checkpoint_v2(db_, "main", SQLITE_CHECKPOINT_PASSIVE, &wal.frames, &wal.copied);
  if ((code & 0xff) != SQLITE_BUSY) check(code, db_);  // busy: another checkpoint runs; the counts are valid
  return wal;
}

void Connection::on_wal(std::function<void(int)> f) {
  hook_ = std::make_unique<std::function<void(int)>>(std::move(f));
  sqlite3_wal_hook(
      db_, [](void* hook, sqlite3*, const char*, int frames) { (*static_cast<std::function<void(int)>*>(hook))(frames); return SQLITE_OK; },
      hook_.get());
}

}  // namespace fogbank::store::sqlite
