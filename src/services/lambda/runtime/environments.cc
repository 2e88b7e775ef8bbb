#include "services/lambda/runtime/environments.h"
