#include "gateway/permission.h"

#include "gateway/chain.h"
#include "gateway/inside.h"

namespace fogbank {

Result<void> may_call(Core& core, store::Reader& reader, const auth::Principal& principal, const Scope& scope, const OperationInfo& op, const void* input) {
  auto call = make_inside_call(core, std::make_shared<auth::Principal>(principal), scope, op, "looking ahead");
  call->input = input;
  FB_TRY(core.chain().look_ahead(*call, reader));
  for (auto& denial : call->entry_denials) if (denial) return fail(std::move(*denial));
  return {};
}

}  // namespace fogbank
