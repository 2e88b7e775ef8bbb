#include "services/lambda/code.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/encoding.h"
#include "base/log.h"
#include "base/strings.h"
#include "gateway/core.h"
#include "gateway/tasks.h"
#include "gen/lambda/operations.h"
#include "services/lambda/caches.h"
#include "services/lambda/errors.h"
#include "services/lambda/runtime/environments.h"
#include "services/lambda/zip.h"

namespace fogbank::lambda {
namespace {

Scope of_account(const Scope& scope, std::string_view account) { return {scope.partition, AccountId(account), Region()}; }

ApiError worded(const ZipError& e) {
  switch (e.fault) {
    case ZipFault::too_large: return invalid_parameter(cat("Unzipped size must be smaller than ", kMaxUnzipped, " bytes"));
    case ZipFault::io: return store::unavailable(e.detail);
    default: break;
  }
  ApiError error = invalid_parameter("Could not unzip uploaded file. Please check your file, then try to upload again.");
  error.detail = e.detail;
  return error;
}

}  // namespace

CodeStore::CodeStore(Core& core) : core_(core) {}

std::string CodeStore::root() const { return cat(core_.state<runtime::Environments>().store_root(), "/packages"); }

std::string CodeStore::directory(std::string_view account, std::string_view sha) const { return cat(root(), '/', account, '/', sha); }

void CodeStore::note(std::string_view account, std::string_view sha, bool ready) {
  std::lock_guard lock(mutex_);
  if (ready) ready_.insert(cat(account, '/', sha));
  else ready_.erase(cat(account, '/', sha));
}

bool CodeStore::ready(std::string_view account, std::string_view sha) {
  {
    std::lock_guard lock(mutex_);
    if (ready_.contains(cat(account, '/', sha))) return true;
  }
  struct stat st;
  if (::stat(directory(account, sha).c_str(), &st) != 0 || !S_ISDIR(st.st_mode)) return false;
  note(account, sha, true);
  return true;
}

Result<int64_t> CodeStore::unpack(std::string_view account, std::string_view sha, std::string_view zip) {
  std::string place = cat(root(), '/', account);
  std::error_code ec;
  std::filesystem::create_directories(place, ec);
  if (ec) return fail(store::unavailable(cat(place, ": ", ec.message())));
  std::string temporary = cat(place, "/.new-XXXXXX");
  if (!::mkdtemp(temporary.data())) return fail(store::unavailable(cat(temporary, ": ", std::strerror(errno))));
  auto done = unpack_zip(zip, temporary, kMaxUnzipped);
  std::string target = directory(account, sha);
  bool moved = done && ::rename(temporary.c_str(), target.c_str()) == 0;
  int reason = errno;
  if (!moved) std::filesystem::remove_all(temporary, ec);
  if (!done) return fail(worded(done.error()));
  if (!moved && reason != EEXIST && reason != ENOTEMPTY) return fail(store::unavailable(cat(target, ": ", std::strerror(reason))));  // else: somebody was faster
  note(account, sha, true);
  return done->unpacked;
}

Result<Package> CodeStore::receive(const Scope& scope, std::string_view zip) {
  if (int64_t(zip.size()) >= kMaxZipped) return fail("RequestEntityTooLargeException", cat("Zipped size must be smaller than ", kMaxZipped, " bytes"), 413);
  if (zip.empty()) return fail(invalid_parameter("Uploaded file must be a non-empty zip"));
  auto summary = summarise_zip(zip, kMaxUnzipped);
  if (!summary) return fail(worded(summary.error()));
  Package p;
  p.sha = sha256_hex(zip);
  p.size = int64_t(zip.size());
  p.unpacked = summary->unpacked;
  if (!ready(scope.account.str(), p.sha)) FB_TRY(unpack(scope.account.str(), p.sha, zip));
  FB_ASSIGN(writer, core_.store().new_blob());
  FB_TRY(writer->append(zip));
  FB_ASSIGN(blob, writer->finish());
  p.blob = std::move(blob);
  return p;
}

Result<void> CodeStore::prepare(const Scope& scope, std::string_view account, std::string_view sha) {
  if (ready(account, sha)) return {};
  FB_ASSIGN(bytes, read_code(core_.store(), scope, account, sha));
  FB_TRY(unpack(account, sha, bytes));
  return {};
}

void CodeStore::remove(std::string_view account, std::string_view sha) {
  note(account, sha, false);
  std::error_code ec;
  std::filesystem::remove_all(directory(account, sha), ec);
  if (ec) log(LogLevel::warning, cat("an unpacked package could not be removed: ", ec.message()));
}

std::optional<Code> find_code(store::Reader& reader, const Scope& scope, std::string_view account, std::string_view sha) {
  return reader.get_as<Code>(code_key(of_account(scope, account), sha));
}

void hold_code(store::Txn& tx, const Scope& scope, const Package& package) {
  store::Key key = code_key(scope, package.sha);
  auto code = tx.get_as<Code>(key);
  if (code) {
    tx.drop(package.blob);
  } else {
    code.emplace();
    code->blob = package.blob;
    code->size = package.size;
    code->unpacked = package.unpacked;
    tx.keep(package.blob, key);
  }
  code->users++;
  tx.put_record(key, *code);
}

Result<void> hold_code(store::Txn& tx, const Scope& scope, std::string_view account, std::string_view sha) {
  store::Key key = code_key(of_account(scope, account), sha);
  auto code = tx.get_as<Code>(key);
  if (!code) return fail(invalid_parameter("The deployment package is gone."));
  code->users++;
  tx.put_record(key, *code);
  return {};
}

void release_code(store::Txn& tx, const Scope& scope, std::string_view account, std::string_view sha, Millis now) {
  Scope home = of_account(scope, account);
  store::Key key = code_key(home, sha);
  auto code = tx.get_as<Code>(key);
  if (!code) return;
  if (--code->users > 0) return tx.put_record(key, *code);
  tx.drop(code->blob);
  tx.erase(key);
  store::Task task;
  task.kind = "lambda.discard_code";
  task.scope = home;
  task.due = now;
  task.payload = encode(DiscardCode{std::string(account), std::string(sha), {}});
  tx.schedule(std::move(task));
}

Result<std::string> read_code(store::Store& store, const Scope& scope, std::string_view account, std::string_view sha) {
  std::optional<Code> code;
  store.read([&](store::Reader& reader) { code = find_code(reader, scope, account, sha); });
  if (!code) return fail("ServiceException", "The deployment package is gone.", 500);
  FB_ASSIGN(reader, store.open_blob(code->blob));
  return reader->read(0, size_t(code->size));
}

/// Environments that run from the directory keep what they have mounted; an upload of the same bytes that came meanwhile is respected.
Result<void> discard_code(TaskContext& cx) {
  auto payload = cx.payload<DiscardCode>();
  if (!payload) return fail("InternalFailure", "damaged payload", 500);
  bool used = false;
  cx.read([&](store::Reader& reader) { used = find_code(reader, cx.task().scope, payload->account, payload->sha).has_value(); });
  if (!used) cx.core().state<State>().code.remove(payload->account, payload->sha);
  return {};
}

}  // namespace fogbank::lambda
