import { describe } from 'vitest';
import { keepsTheContract } from './conformance.js';

describe('the Consul store keeps the contract, on a real server', () => keepsTheContract(false));
