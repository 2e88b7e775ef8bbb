#include "services/s3/lifecycle.h"

#include "base/strings.h"
#include "gateway/tasks.h"
#include "gen/s3/operations.h"
#include "services/s3/bodies.h"
#include "services/s3/configurations.h"
#include "services/s3/errors.h"
#include "services/s3/events.h"
#include "services/s3/lifecycle_rules.h"
#include "services/s3/lock_rules.h"
#include "services/s3/versions.h"

namespace fogbank::s3 {
namespace {

constexpr int kLooks = 500;      // records of a stretch
constexpr size_t kChanges = 50;  // of a stretch; each changes some ten keys at most

enum class Stage : uint8_t { objects, versions, uploads };

/// How far a run has come.
struct Progress {
  std::string bucket;
  uint64_t id = 0;
  Stage stage = Stage::objects;
  std::string after;             ///< encoded key of the last record seen
  std::string key;               ///< versions: whose `after` was, and what is to be known of it
  Millis newer_time = 0;
  int64_t newer = 0;
  Unknown unknown;
  template <class A> void fields(A& a) { a(1, bucket); a(2, id); a(3, stage); a(4, after); a(5, key); a(6, newer_time); a(7, newer); a(unknown); }
};

enum class Action : uint8_t { expire, remove, move, abort };
struct Change {
  Action action;
  std::string key;
  uint64_t order = 0;            ///< of the version meant
  std::string text;              ///< move: storage class; abort: upload id
};

struct Job {
  Core* core = nullptr;
  TaskContext* cx = nullptr;
  BucketPtr bucket;
  const svc::BucketLifecycleConfiguration* rules = nullptr;
  bool any_size = false;
  Millis now = 0;
  Progress progress;
  std::vector<Change> changes;
  int looks = 0;
  bool ended = false;            ///< of the stage
};

bool enough(Job& job) { return ++job.looks > kLooks || job.changes.size() >= kChanges; }

template <class Visit> void walk(Job& job, store::Reader& reader, const store::Table& table, Visit visit) {
  store::Key prefix = store::key(job.bucket->scope, table, job.bucket->record.id);
  store::Key from = job.progress.after.empty() ? prefix : store::Key::raw(job.progress.after + '\0', false);
  job.ended = true;
  reader.scan(from, prefix.after_prefix(), store::Order::ascending, [&](std::string_view encoded, std::string_view bytes, store::Version) {
    if (enough(job)) { job.ended = false; return false; }
    visit(encoded, bytes);
    job.progress.after = encoded;
    return true;
  });
}

void look_at_objects(Job& job, store::Reader& reader) {
  walk(job, reader, kObjects, [&](std::string_view encoded, std::string_view bytes) {
    auto object = decode<Object>(bytes);
    if (!object) throw std::runtime_error("an object's record is damaged");
    std::string key = key_text(encoded);
    auto expiry = expiry_of(*job.rules, key, *object);
    if (expiry && expiry->at <= job.now) job.changes.push_back({Action::expire, std::move(key), object->order, {}});
    else if (auto to = transition_of(*job.rules, job.any_size, key, *object, job.now)) job.changes.push_back({Action::move, std::move(key), object->order, *to});
  });
}

/// Of each key the newest first: what came before tells since when a version is noncurrent.
void look_at_versions(Job& job, store::Reader& reader) {
  walk(job, reader, kVersions, [&](std::string_view encoded, std::string_view bytes) {
    auto version = decode<Object>(bytes);
    if (!version) throw std::runtime_error("a version's record is damaged");
    std::string key = key_text(encoded);
    Progress& p = job.progress;
    bool newest = false;
    if (key != p.key) {
      auto current = load_object(reader, *job.bucket, key);
      p.key = key;
      p.newer = 0;
      newest = !current;
      p.newer_time = current ? current->modified : 0;
    }
    if (newest) {                // a delete marker; alone, if nothing follows
      bool alone = true;
      reader.scan(store::Key::raw(std::string(encoded) + '\0', false), store::key(job.bucket->scope, kVersions, job.bucket->record.id, key).after_prefix(),
                  store::Order::ascending, [&](std::string_view, std::string_view, store::Version) { alone = false; return false; });
      if (alone && marker_expired(*job.rules, key, *version, job.now)) job.changes.push_back({Action::remove, key, version->order, {}});
    } else {
      NoncurrentState state{p.newer_time, p.newer};
      if (noncurrent_expired(*job.rules, key, *version, state, job.now)) job.changes.push_back({Action::remove, key, version->order, {}});
      else if (auto to = noncurrent_transition_of(*job.rules, job.any_size, key, *version, state, job.now)) job.changes.push_back({Action::move, key, version->order, *to});
      p.newer++;
    }
    p.newer_time = version->modified;
  });
}

void look_at_uploads(Job& job, store::Reader& reader) {
  walk(job, reader, kUploads, [&](std::string_view encoded, std::string_view bytes) {
    auto upload = decode<Upload>(bytes);
    if (!upload) throw std::runtime_error("an upload's record is damaged");
    auto parts = store::key_parts(encoded);
    auto when = abort_of(*job.rules, parts.at(1), upload->initiated);
    if (when && when->at <= job.now) job.changes.push_back({Action::abort, parts.at(1), 0, parts.at(2)});
  });
}

/// The version meant, if it still is there.
std::optional<Object> version_of(store::Txn& tx, const BucketInfo& bucket, const Change& change) {
  auto object = load_object(tx, bucket, change.key);
  if (object && object->order == change.order) return object;
  return tx.get_as<Object>(version_key(bucket, change.key, change.order));
}

void apply_change(Job& job, store::Txn& tx, const BucketInfo& bucket, const Change& change) {
  constexpr int kParts = 1;      // more parts than that go by a task of their own
  if (change.action == Action::abort) {
    store::Key at = upload_key(bucket, change.key, change.text);
    auto upload = tx.get_as<Upload>(at);
    if (!upload) return;
    tx.erase(at);
    drop_parts_of(tx, bucket, upload->number, {}, job.now);
    return;
  }
  auto version = version_of(tx, bucket, change);
  if (!version) return;
  if (change.action == Action::move) {
    version->storage_class = change.text;
    rewrite_object(tx, bucket, change.key, *version);
    announce_by_rule(*job.core, tx, bucket, "s3:LifecycleTransition", change.key, &*version, {});
  } else if (change.action == Action::remove) {
    if (!check_removable(version->lock, job.now, false)) return;
    Removal removal = remove_version(tx, bucket, change.key, *version, job.now, kParts);
    announce_by_rule(*job.core, tx, bucket, "s3:LifecycleExpiration:Delete", change.key, nullptr, removal.version_id);
  } else {
    auto current = load_object(tx, bucket, change.key);
    if (!current || current->order != change.order) return;   // written again meanwhile
    Removal removal = remove_current(tx, bucket, change.key, current, job.now, job.core->random(), kParts);
    std::string_view event = removal.marker_added ? "s3:LifecycleExpiration:DeleteMarkerCreated" : "s3:LifecycleExpiration:Delete";
    announce_by_rule(*job.core, tx, bucket, event, change.key, nullptr, removal.version_id);
  }
}

/// The parts of an aborted upload may be many: a transaction each.
Result<void> apply_changes(TaskContext& cx, Job& job) {
  size_t at_once = job.progress.stage == Stage::uploads ? 1 : kChanges;
  for (size_t from = 0; from < job.changes.size(); from += at_once) {
    struct State { Job* job; size_t from, to; } state{&job, from, std::min(job.changes.size(), from + at_once)};
    FB_TRY(cx.write(state, [](store::Txn& tx, const State& s) -> Result<void> {
      BucketPtr bucket = find_bucket(*s.job->core, tx, s.job->bucket->scope.partition, s.job->bucket->record.name);
      if (!bucket || bucket->record.id != s.job->bucket->record.id) return {};
      for (size_t i = s.from; i < s.to; i++) apply_change(*s.job, tx, *bucket, s.job->changes[i]);
      return {};
    }));
  }
  return {};
}

}  // namespace

void schedule_lifecycle(store::Txn& tx, const BucketInfo& bucket, Bucket& record, Millis now) {
  if (record.lifecycle_run) tx.cancel(record.lifecycle_run);
  record.lifecycle_run = 0;
  if (!record.configurations.contains(kind::lifecycle)) return;
  store::Task task;
  task.due = now;                // rules may have been due before they were made
  task.kind = "s3.run_lifecycle";
  task.scope = bucket.scope;
  task.recurring = true;
  Progress start;
  start.bucket = record.name;
  start.id = record.id;
  task.payload = encode(start);
  record.lifecycle_run = tx.schedule(std::move(task));
}

Result<void> run_lifecycle(TaskContext& cx) {
  auto progress = cx.payload<Progress>();
  if (!progress) return fail(internal_error("the payload of a lifecycle task is damaged"));
  Job job;
  job.core = &cx.core();
  job.cx = &cx;
  job.now = cx.now();
  job.progress = std::move(*progress);
  job.bucket = find_bucket(cx.core(), cx.task().scope.partition, job.progress.bucket);
  if (!job.bucket || job.bucket->record.id != job.progress.id || job.bucket->record.lifecycle_run != cx.task().id) return cx.finish();
  job.rules = job.bucket->settings->lifecycle;
  if (!job.rules) return cx.finish();
  auto minimum = job.bucket->record.configurations.find(kind::transition_minimum);
  job.any_size = minimum != job.bucket->record.configurations.end() && minimum->second == "varies_by_storage_class";
  cx.read([&](store::Reader& reader) {
    job.changes.clear();
    job.looks = 0;
    if (job.progress.stage == Stage::objects) look_at_objects(job, reader);
    else if (job.progress.stage == Stage::versions) look_at_versions(job, reader);
    else look_at_uploads(job, reader);
  });
  FB_TRY(apply_changes(cx, job));
  Progress next = job.progress;
  if (!job.ended) return cx.again_at(job.now, encode(next));
  bool last = next.stage == Stage::uploads;
  next = {};
  next.bucket = job.progress.bucket;
  next.id = job.progress.id;
  if (!last) next.stage = Stage(int(job.progress.stage) + 1);
  return cx.again_at(last ? midnight_after(job.now) : job.now, encode(next));
}

}  // namespace fogbank::s3
