// KMS for a service that uses a key in its own name, not its caller's: CloudWatch Logs encrypts a log group under a key whose policy lets
// logs.<Region>.amazonaws.com use it, and who writes or reads log events needs no permission of KMS.
//
// Two halves, as in data_keys.h: in the authorise function `find_…` resolves the key and decides by its policy and grants of now whether the
// service may; nothing is told yet, since AWS tells it only after the caller's own decision. In the handler, outside of cx.read and
// cx.write, the function of the same name answers that, or does it. A handler that asks for what was not found gets 503.
#pragma once
#include <string>
#include <string_view>

#include "gateway/authorise.h"
#include "gateway/context.h"
#include "services/kms/data_keys.h"

namespace fogbank::kms {

struct ServiceUse {
  std::string principal;          ///< "logs.eu-central-1.amazonaws.com"
  std::string source_arn;         ///< the resource that it acts for: aws:SourceArn; its account is aws:SourceAccount
  std::string key;                ///< generate: as its user named it; an id or alias without an ARN is of the target's account
  EncryptionContext context;
};

// In authorise functions, after the target is set.
void find_service_generate(AuthoriseContext& cx, const ServiceUse& use);
void find_service_decrypt(AuthoriseContext& cx, const ServiceUse& use, std::string_view ciphertext);

// In handlers. NotFoundException, DisabledException …; AccessDeniedException if the key's policy does not let the service.
Result<DataKey> service_generate(Context& cx, const ServiceUse& use);
Result<Secret> service_decrypt(Context& cx, const ServiceUse& use, std::string_view ciphertext);

}  // namespace fogbank::kms
