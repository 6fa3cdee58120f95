import { loadModel, type ServiceModel } from "../../src/index.ts";

const read = (name: string): ServiceModel => loadModel(new URL(`../../../${name}/model.json`, import.meta.url));

export const lambdaModel: ServiceModel = read("lambda");
export const elastiCacheModel: ServiceModel = read("elasticache");
