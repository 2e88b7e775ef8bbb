// Lambda's errors that more than one operation answers. Most carry Type: User, as the service writes it. Pure.
#pragma once
#include <string>

#include "base/error.h"

namespace fogbank::lambda {

ApiError invalid_parameter(std::string message);                         ///< InvalidParameterValueException
ApiError invalid_limit(std::string message);                             ///< the same, as AWS words it without a Type (limits, routing of aliases)
ApiError not_found(std::string message);                                 ///< ResourceNotFoundException
ApiError conflict(std::string message);                                  ///< ResourceConflictException
ApiError precondition_failed(std::string message);
ApiError function_not_found(std::string_view arn);                       ///< "Function not found: …"
ApiError resource_missing();                                             ///< "The resource you requested does not exist."
ApiError wrong_revision(std::string_view to_call = "GetFunction/GetAlias");
ApiError validation(std::string constraint);                             ///< ValidationException with one violated constraint
ApiError request_too_large(int64_t limit, std::string_view operation);   ///< 413
ApiError not_implemented(std::string_view what);
ApiError recursive();                                                    ///< RecursiveInvocationException
ApiError throttled(std::string reason);                                  ///< TooManyRequestsException

}  // namespace fogbank::lambda
