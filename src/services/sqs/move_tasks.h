// Message move tasks: what StartMessageMoveTask starts. Source: API reference, developer guide "Learn how to configure a dead-letter queue
// redrive", recorded answers.
//
// A task moves the messages that were in the queue when it started and can be received, some at a time, each step a transaction of a task
// on the virtual clock. Where it stands is in its record, so it goes on after a crash. A moved message is a new one: id, time and count of
// receives begin anew. Of FIFO queues it goes through the groups and keeps their order.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "services/sqs/state.h"

namespace fogbank::sqs {

inline constexpr store::Table kMoves{"sqs", "move"};
inline constexpr store::Table kMoving{"sqs", "moving"};
inline constexpr size_t kListedMoves = 10;
inline constexpr int64_t kMaxMoveRate = 500;          ///< messages per second
inline constexpr size_t kMaxMoving = 100;            ///< active tasks of an account in a Region
inline constexpr Millis kMaxMoveTime = 36 * 3600'000;

enum class MoveStatus : uint8_t { running, completed, cancelling, cancelled, failed };

struct MoveTask {
  std::string id;              ///< UUID
  uint64_t queue_id = 0;       ///< of the queue whose messages are moved
  std::string destination;     ///< queue name; empty: each message's own source
  std::string destination_arn;
  int64_t rate = 0;            ///< messages per second; 0: as fast as it goes
  Millis started = 0;
  MoveStatus status = MoveStatus::running;
  int64_t moved = 0, to_move = 0;
  std::string failure;
  uint64_t mark = 0;           ///< messages with this seq or a smaller one are moved
  std::string group;           ///< FIFO: the group to go on with
  Unknown unknown;
  template <class A> void fields(A& a) {
    a(1, id); a(2, queue_id); a(3, destination); a(4, destination_arn); a(5, rate); a(6, started); a(7, status); a(8, moved);
    a(9, to_move); a(10, failure); a(11, mark); a(12, group); a(unknown);
  }
  bool active() const { return status == MoveStatus::running || status == MoveStatus::cancelling; }
};
std::string_view status_name(MoveStatus status);

/// Tasks of a queue, newest first.
struct ListedMove { uint64_t number; MoveTask task; };
std::vector<ListedMove> list_moves(store::Reader& reader, const Scope& scope, std::string_view queue);
store::Key move_key(const Scope& scope, std::string_view queue, uint64_t number);
/// Starts a task: its record and its first step. Refused while another one is active, or too many of other queues are.
Result<void> start_move(store::Txn& tx, const Scope& scope, std::string_view queue, MoveTask task);
/// Drops all records of a deleted queue's tasks.
void forget_moves(store::Txn& tx, const Scope& scope, std::string_view queue);

/// TaskHandle: the task's id and its queue, as AWS writes it.
struct MoveHandle { std::string task_id, source_arn; };
std::string write_move_handle(const MoveHandle& handle);
std::optional<MoveHandle> read_move_handle(std::string_view text);

}  // namespace fogbank::sqs
