// SQLite, wrapped: the only files that include sqlite3.h are sqlite.cc and the test VFS of power_test.cc.
//
// A Connection and its Statements are used by one thread at a time (the caller's lock); they are opened without SQLite's own mutexes.
// Errors are thrown as sqlite::Error. Bound bytes are not copied: they must live until the statement is reset.
#pragma once
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace fogbank::store::sqlite {

class Error : public std::runtime_error {
 public:
  Error(int code, const std::string& text) : std::runtime_error(text), code_(code) {}
  int code() const { return code_; }  ///< SQLite's extended result code

 private:
  int code_;
};

class Statement {
 public:
  Statement() = default;
  Statement(Statement&& other) noexcept : stmt_(std::exchange(other.stmt_, nullptr)) {}
  Statement& operator=(Statement&& other) noexcept { std::swap(stmt_, other.stmt_); return *this; }
  ~Statement();

  Statement& bind(int index, std::string_view bytes);  ///< a blob; indexes count from 1
  Statement& bind_text(int index, std::string_view text);
  Statement& bind(int index, int64_t value);
  Statement& bind_null(int index);
  bool step();                                         ///< true: there is a row
  void run();                                          ///< steps to the end, then resets
  void reset();
  int64_t integer(int column) const;                   ///< columns count from 0
  std::string_view bytes(int column) const;            ///< valid until the next step or reset
  bool null(int column) const;

 private:
  friend class Connection;
  explicit Statement(sqlite3_stmt* stmt) : stmt_(stmt) {}
  [[noreturn]] void fail();
  sqlite3_stmt* stmt_ = nullptr;
};

/// Resets a statement at the end of a block.
struct Using {
  explicit Using(Statement& s) : statement(s) {}
  ~Using() { statement.reset(); }
  Statement* operator->() { return &statement; }
  Statement& statement;
};

class Connection {
 public:
  enum class Mode { create, existing, read_only };
  Connection() = default;
  Connection(const std::string& path, Mode mode, const std::string& vfs = {});
  Connection(Connection&& other) noexcept : db_(std::exchange(other.db_, nullptr)), hook_(std::move(other.hook_)) {}
  Connection& operator=(Connection&& other) noexcept { std::swap(db_, other.db_); std::swap(hook_, other.hook_); return *this; }
  ~Connection();

  void exec(const std::string& sql);
  Statement prepare(std::string_view sql);             ///< kept for long
  int64_t integer(std::string_view sql);               ///< first column of the first row; 0 if there is none
  std::string text(std::string_view sql);
  bool in_transaction() const;                         ///< false also after SQLite rolled back by itself
  int64_t changes() const;                             ///< rows changed by the last statement

  struct Wal { int frames = 0, copied = 0; };
  Wal checkpoint();                                    ///< PASSIVE: never waits for readers or a writer
  /// Called within each commit with the number of frames now in the write-ahead log. Replaces SQLite's automatic checkpoints.
  void on_wal(std::function<void(int frames)> f);

 private:
  sqlite3* db_ = nullptr;
  std::unique_ptr<std::function<void(int)>> hook_;
};

}  // namespace fogbank::store::sqlite
