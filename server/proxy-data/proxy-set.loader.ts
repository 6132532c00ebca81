import { entityById } from "../graphql/loader.ts";
import { ProxySet } from "./proxy-set.entity.ts";

export const proxySetById = entityById(ProxySet);
