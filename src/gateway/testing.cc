#include "gateway/testing.h"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "base/encoding.h"
#include "base/strings.h"
#include "gateway/access.h"

namespace fogbank::testing {

TestCore::TestCore(bool hostile, uint64_t seed) : random_(seed) {
  scope_.account = AccountId("000000000000");
  scope_.region = Region("us-east-1");
  std::unique_ptr<store::Store> store;
  if (hostile) {
    store = store::open_hostile({seed, 0.2, 0});
  } else {
    char name[] = "/tmp/fogbank-test-XXXXXX";
    if (!mkdtemp(name)) throw std::runtime_error("no temporary directory");
    directory_ = name;
    store::Options o;
    o.directory = directory_;
    auto opened = store::open_sqlite(o);
    if (!opened) throw std::runtime_error(opened.error().message);
    store = std::move(*opened);
  }
  core_ = std::make_unique<Core>(std::move(store), Settings{}, random_);
  core_->set_identity(make_test_identity(*core_));
}

TestCore::~TestCore() {
  last_.reset();
  body_ = {};
  core_.reset();
  if (!directory_.empty()) std::filesystem::remove_all(directory_);
}

void TestCore::set_body(std::string_view bytes) {
  auto writer = core_->store().new_blob();
  if (!writer || !(*writer)->append(bytes)) throw std::runtime_error("no blob");
  auto blob = (*writer)->finish();
  if (!blob) throw std::runtime_error(blob.error().message);
  body_ = {};
  body_.blob = *blob;
  body_.size = int64_t(bytes.size());
  body_.md5 = md5(bytes);
  body_.crc64nvme = crc64nvme(bytes);
}

Result<const void*> TestCore::call_raw(const OperationInfo& op, const void* in, const auth::Principal& who) {
  last_ = std::make_unique<Call>();
  Call& c = *last_;
  c.core = core_.get();
  for (const auto* s : all_services()) if (!s->operations.empty() && &op >= s->operations.data() && &op < s->operations.data() + s->operations.size()) c.service = s;
  c.op = &op;
  c.protocol = c.service->wire->protocols[0];
  c.facts.endpoint = "http://localhost:4566";
  c.facts.source_ip = "127.0.0.1";
  c.request_id = new_request_id(random_);
  c.principal = std::make_shared<auth::Principal>(who);
  c.caller = c.target = scope_;
  if (!who.account.empty()) c.caller.account = c.target.account = AccountId(who.account);
  if (c.service->home == ServiceInfo::Home::account) c.target.region = Region();
  c.input = in;
  c.body = std::move(body_);
  body_ = {};
  for (const auto& [k, v] : headers_) c.headers.push_back({c.arena.copy(k), c.arena.copy(v)});
  headers_.clear();
  auto outcome = core_->chain().run_validated(c);
  parked_ = outcome && outcome->parked;
  core_->chain().finish(c, outcome ? Result<void>{} : Result<void>(fail(outcome.error())));
  core_->chain().commit();
  if (!outcome) return fail(std::move(outcome.error()));
  return static_cast<const void*>(c.output);
}

}  // namespace fogbank::testing
